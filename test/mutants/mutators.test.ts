import type { SourceFile } from 'typescript/unstable/ast'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { API, type Project } from 'typescript/unstable/sync'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { apply, mutantsOf, mutantsOfTemplate, shorterPatterns } from './mutators'

test('a source is changed in one place at a time', () => {
  const cases: [source: string, mutated: string[]][] = [
    ['a && b', ['a || b']],
    ['a <= 10', ['a < 10', 'a <= (10 + 1)', 'a <= (10 - 1)']],
    ['!a', ['a']],
    ['a ? b : c', ['!(a) ? b : c']],
    ['[a, b]', ['[b]', '[a]']],
    ['a.filter(b)', ['a']],
    ['a?.filter(b)', []],
    ['a.some(b)', ['a.every(b)']],
    ['{ a: "b", "c-d": true }', ['{ a: \'\', "c-d": true }', '{ a: "b", "c-d": false }']],
    ['`a`', ["''"]],
    ["''", ["'mutant'"]],
    ['/a+/', ['/a/']],
  ]
  const wholes: [source: string, mutated: string[]][] = [
    ...cases.map(([value, mutated]): [string, string[]] => [
      `x = (${value})`,
      [...mutated.map((each) => `x = (${each})`), ';'],
    ]),
    ['if (a) b()', ['if (!(a)) b()', 'if (a) ;', ';']],
    ['for (;;) break', ['for (;;) ;']],
    ['function f() { return a }', ['function f() { return !(a) }', 'function f() { return undefined }']],
    ['let a = () => b', ['let a = () => !(b)']],
    ["import a from 'b'\ntype C = 'd' | 1\nexport { a } from 'e'", []],
  ]
  const texts: Record<string, string> = Object.fromEntries(wholes.map(([source], at) => [`/of/${at}.ts`, source]))
  texts['/of/tsconfig.json'] = '{ "include": ["*.ts"] }'
  const api = new API({ cwd: '/of', fs: createVirtualFileSystem(texts) })
  const { program } = api.updateSnapshot({ openProjects: ['/of/tsconfig.json'] }).getProjects()[0] as Project
  for (const [at, [source, mutated]] of wholes.entries()) {
    const found = mutantsOf(program.getSourceFile(`/of/${at}.ts`) as SourceFile)
    assert.equal(found.map((each) => apply(source, each)).sort(), mutated.sort(), source)
  }
  api.close()
})

test('a regular expression loses one piece at a time', () => {
  const cases: [pattern: string, shorter: string[]][] = [
    ['/^a$/', ['/a$/', '/^a/']],
    ['/a+b*?/g', ['/ab*?/g', '/a+b?/g', '/a+b*/g']],
    ['/\\d{1,5}\\b/', ['/\\d\\b/', '/\\d{1,5}/']],
    ['/[^,]/', ['/[,]/']],
    ['/[ab-d\\]]/', ['/[b-d\\]]/', '/[a\\]]/', '/[ab-d]/']],
    ['/[\\u00ad\\u{e0000}-\\u{e007f}]/u', ['/[\\u{e0000}-\\u{e007f}]/u', '/[\\u00ad]/u']],
    ['/(?:a|\\$)/', []],
  ]
  for (const [pattern, shorter] of cases) assert.equal(shorterPatterns(pattern), shorter, pattern)
})

test('a template loses a line, or a condition is turned round', () => {
  const template =
    '{{!-- why\nand how --}}\none {{#if a}}x{{/if}}\n{{#if a}}\n# said\n{{#if b}}\ntwo\n{{/if}}\n{{/if}}\n'
  const mutated = mutantsOfTemplate(template).map((each) => apply(template, each))
  const lines = ['one {{#if a}}x{{/if}}\n', 'two\n'].map((line) => template.replace(line, ''))
  const conditions = [
    template.replace('{{#if a}}x{{/if}}', '{{#unless a}}x{{/unless}}'),
    template.replace('{{#if a}}\n', '{{#unless a}}\n').replace('{{/if}}\n{{/if}}\n', '{{/if}}\n{{/unless}}\n'),
    template.replace('{{#if b}}', '{{#unless b}}').replace('two\n{{/if}}', 'two\n{{/unless}}'),
  ]
  assert.equal(mutated, [...lines, ...conditions])
})

test.run()
