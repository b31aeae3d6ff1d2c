/** Small changes of a source or a template, each of which a test should notice. */
import type { Expression, Node, SourceFile } from 'typescript/unstable/ast'
import * as is from 'typescript/unstable/ast/is'

export interface Mutant {
  mutator: string
  /** What is replaced, and with what. */
  start: number
  end: number
  replacement: string
  /** The expression or statement that has to run for a test to notice. */
  around?: { start: number; end: number; isStatement: boolean }
}

export const apply = (text: string, { start, end, replacement }: Mutant) =>
  text.slice(0, start) + replacement + text.slice(end)

const SWAPPED: Record<string, [mutator: string, other: string]> = {
  '&&': ['logic', '||'],
  '||': ['logic', '&&'],
  '===': ['comparison', '!=='],
  '!==': ['comparison', '==='],
  '<': ['comparison', '<='],
  '<=': ['comparison', '<'],
  '>': ['comparison', '>='],
  '>=': ['comparison', '>'],
  '+': ['number', '-'],
  '-': ['number', '+'],
}

const SWAPPED_CALLS: Record<string, string> = { some: 'every', every: 'some', min: 'max', max: 'min' }

/** Calls without which the value has the same type. */
const REMOVED_CALLS = [
  'filter',
  'sort',
  'toSorted',
  'reverse',
  'slice',
  'trim',
  'trimEnd',
  'concat',
  'replace',
  'replaceAll',
]

/** All mutants of a source. Some are no valid TypeScript. */
export function mutantsOf(source: SourceFile): Mutant[] {
  const mutants: Mutant[] = []
  const startOf = (node: Node) => node.getStart(source)
  const textOf = (node: Node) => source.text.slice(startOf(node), node.end)

  function add(mutator: string, changed: Node, replacement: string, around = changed, start = startOf(changed)) {
    const isStatement = is.isStatement(around)
    mutants.push({
      mutator,
      start,
      end: changed.end,
      replacement,
      around: { start: startOf(around), end: around.end, isStatement },
    })
  }

  const negate = (mutator: string, value: Expression) => add(mutator, value, `!(${textOf(value)})`)

  function visit(node: Node): void {
    // Of imports and types nothing is left to run.
    if (is.isImportDeclaration(node) || is.isExportDeclaration(node) || is.isTypeNode(node)) return
    if (is.isTypeAliasDeclaration(node) || is.isInterfaceDeclaration(node)) return

    if (is.isIfStatement(node) || is.isWhileStatement(node)) negate('condition', node.expression)
    else if (is.isConditionalExpression(node)) negate('condition', node.condition)
    else if (is.isPrefixUnaryExpression(node) && textOf(node).startsWith('!'))
      add('condition', node, textOf(node.operand))
    else if (is.isBinaryExpression(node)) {
      const swapped = SWAPPED[textOf(node.operatorToken)]
      if (swapped) add(swapped[0], node.operatorToken, swapped[1], node)
    } else if (is.isReturnStatement(node) && node.expression) {
      negate('result', node.expression)
      if (textOf(node.expression) !== 'undefined') add('result', node.expression, 'undefined')
    } else if (is.isArrowFunction(node) && is.isExpression(node.body)) negate('result', node.body)
    else if (is.isNumericLiteral(node)) {
      add('number', node, `(${textOf(node)} + 1)`)
      if (textOf(node) !== '0') add('number', node, `(${textOf(node)} - 1)`)
    } else if (is.isStringLiteral(node) || is.isNoSubstitutionTemplateLiteral(node) || is.isTemplateExpression(node)) {
      add('text', node, node.end - startOf(node) > 2 ? "''" : "'mutant'")
    } else if (is.isRegularExpressionLiteral(node)) {
      for (const shorter of shorterPatterns(textOf(node))) add('regex', node, shorter)
    } else if (textOf(node) === 'true' || textOf(node) === 'false') {
      add('boolean', node, textOf(node) === 'true' ? 'false' : 'true')
    } else if (is.isArrayLiteralExpression(node)) {
      for (const each of node.elements) {
        const rest = node.elements.filter((other) => other !== each).map(textOf)
        add('element', node, `[${rest.join(', ')}]`)
      }
    } else if (
      is.isCallExpression(node) &&
      is.isPropertyAccessExpression(node.expression) &&
      !textOf(node).includes('?.')
    ) {
      const { expression, name } = node.expression
      const other = SWAPPED_CALLS[textOf(name)]
      if (other) add('call', name, other, node)
      if (REMOVED_CALLS.includes(textOf(name))) add('call', node, textOf(expression))
    } else if (is.isExpressionStatement(node) || is.isBreakStatement(node) || is.isContinueStatement(node)) {
      add('statement', node, ';')
    }
    if (is.isIfStatement(node) && !node.elseStatement) add('statement', node, ';')
    node.forEachChild((child) => {
      if (!isName(child, node)) visit(child)
    })
  }

  source.forEachChild(visit)
  return mutants
}

/** The name of a property, which may be a text. */
const isName = (child: Node, { name }: Node & { name?: Node }) => child === name

/** A regular expression without one of its anchors, quantifiers and negations, or without one member of a class. */
export function shorterPatterns(literal: string): string[] {
  const end = literal.lastIndexOf('/')
  const without = (from: number, length: number) => literal.slice(0, from) + literal.slice(from + length)
  const found: string[] = []
  const char = String.raw`(?:\\u\{\w+\}|\\u\w{4}|\\x\w{2}|\\[pP]\{.*?\}|\\.|[^\]\\])`
  const part = new RegExp(String.raw`(\[\^?)(${char}*)\]|\\[bB]|\\.|\(\?(?::|<?[=!])|[$^]|[*+?]|\{\d+,?\d*\}`, 'gsu')
  for (const { 0: token, 1: open, 2: members, index } of literal.slice(0, end).matchAll(part)) {
    if (open !== undefined && members !== undefined) {
      if (open === '[^') found.push(without(index + 1, 1))
      const all = [...members.matchAll(new RegExp(`${char}(?:-${char})?`, 'gsu'))]
      if (all.length > 1)
        for (const { 0: each, index: at } of all) found.push(without(index + open.length + at, each.length))
    } else if (/^(?:\\[bB]|[$^*+?{].*)$/s.test(token)) found.push(without(index, token.length))
  }
  return found
}

/** Mutants of a template: a line less, or a condition turned round. */
export function mutantsOfTemplate(text: string): Mutant[] {
  const mutants: Mutant[] = []
  // What nobody reads or runs, at its length.
  const code = text.replace(/\{\{!--[\s\S]*?--\}\}|^[ \t]*#(?!!).*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))
  let start = 0
  for (const line of code.split(/(?<=\n)/)) {
    const end = start + line.length
    const isBalanced = [...line.matchAll(/\{\{#/g)].length === [...line.matchAll(/\{\{\//g)].length
    if (line.trim() !== '' && isBalanced && !line.includes('{{else'))
      mutants.push({ mutator: 'template line', start, end, replacement: '' })
    start = end
  }
  for (const { 0: opening, 1: helper = '', index } of code.matchAll(/\{\{#(if|unless) /g)) {
    const end = endOfBlock(code, helper, index)
    const other = helper === 'if' ? 'unless' : 'if'
    const replacement = `{{#${other} ${text.slice(index + opening.length, end)}{{/${other}}}`
    mutants.push({ mutator: 'template condition', start: index, end: end + `{{/${helper}}}`.length, replacement })
  }
  return mutants
}

/** Where the closing tag of a block starts. */
function endOfBlock(text: string, helper: string, start: number): number {
  let depth = 0
  for (const { 0: tag, index } of text.slice(start).matchAll(new RegExp(`\\{\\{[#/]${helper}\\b`, 'g'))) {
    depth += tag.startsWith('{{#') ? 1 : -1
    if (depth === 0) return start + index
  }
  throw new Error(`a block {{#${helper}}} is not closed`)
}
