import type { Given } from './given'
import type { Report } from './report'
import { single } from './values'

const A_PORT = 'a whole number from 1 to 65535, without sign or leading zeros'

/** A port as written: decimal, 1–65535. Names and 0, which the kernel accepts (facts 11), are no ports to intercept. */
export function parsePort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65535 ? port : undefined
}

/** The port of an option that takes one; undefined when it was not given or is faulty. */
export function readPort(given: Given, report: Report): number | undefined {
  const value = single(given, report)
  if (value === undefined) return undefined
  const port = parsePort(value)
  if (port === undefined) report.fault(given.name, value, `is not a port: give ${A_PORT}`)
  return port
}

/**
 * The ports of a list option, in the order given and each once, or `'*'` for all. Repeated options add up; an option
 * without text means none. Spaces around items are fine; a missing item between commas is a fault.
 */
export function readPorts(given: Given, report: Report): number[] | '*' {
  const ports = new Set<number | '*'>()
  for (const value of given.values.filter((each) => each.trim() !== ''))
    for (const item of value.split(',').map((each) => each.replace(/^[ \t]+|[ \t]+$/g, ''))) {
      const port = item === '*' ? item : parsePort(item)
      if (item === '') report.fault(given.name, value, 'lacks a port between its commas')
      else if (port === undefined) report.fault(given.name, item, `is not a port: give ${A_PORT}, or '*' for all`)
      else if (ports.has(port)) report.warn('duplicate', `${given.name} lists ${item} more than once`)
      else ports.add(port)
    }
  if (!ports.delete('*')) return [...ports] as number[]
  if (ports.size > 0) report.fault(given.name, given.values.join(','), "mixes '*' with ports: '*' is all of them")
  return '*'
}
