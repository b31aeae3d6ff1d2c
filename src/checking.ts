import { allDefinitions } from './all'
import { CheckCommand } from './commands/check'
import { start } from './start'

/** Runs `check` as this process: what a readiness probe starts every few seconds. */
export const startCheck = () => start({ check: CheckCommand }, () => allDefinitions())
