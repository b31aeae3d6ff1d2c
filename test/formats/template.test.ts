import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, words } from '../support'
import { workshop } from '../workshop'

const file = join(workshop('template'), 'own.hbs')
const COMMAND = `iptables --apisix-user 501:20 --inbound-ports 80,443 --template ${file}`

/** A template, and what it renders or what is said of it. */
const TEMPLATES: [template: string, rendered: string | RegExp][] = [
  ['{{proxyPort}} {{owners.[0].uid}}:{{owners.[0].gid}} {{inboundCapturePort}}', '9080 501:20 '],
  ['{{#each inbound.ports}}{{ports}}{{#unless @last}},{{/unless}}{{/each}}', '80,443'],
  ['{{#if outbound}}some{{else}}none{{/if}}', 'none'],
  ['{{#with owners.[0]}}{{uid}} of {{../proxyPort}}{{/with}}', '501 of 9080'],
  ['{{#each lines}}{{#if @first}}{{this}}{{/if}}{{/each}} <&>"', '-N APISIX_REDIRECT <&>"'],
  [
    '{{nope}}',
    /there is no field "nope": there are ipv4, ipv6, proxyPort, inboundCapturePort, owners, redirectSelfCalls, inbound, outbound, rerouteInterfaces, isolate, comments, jumpFirst, lines/,
  ],
  ['{{owners.[0].name}}', /there is no field "name": there are uid, gid/],
  ['{{#each nope}}{{/each}}', /there is no field "nope"/],
  ['{{#if nope}}{{/if}}', /there is no field "nope"/],
  ['{{outbound.ports}}', /"ports" not defined in null/],
  ['{{owners.[0]}}', /a group of fields is no text: name one of uid, gid/],
  ['{{constructor}}', /there is no field "constructor"/],
  ['{{__proto__}}', /there is no field "__proto__"/],
  ['{{lookup owners.[0] "constructor"}}', /there is no field "constructor"/],
  ['{{inbound.ports.constructor}}', /there is no field "constructor"/],
  ['{{inbound.ports.[0].ports}} of {{inbound.ports.length}}', '80 of 2'],
  ['{{inbound.ports.[2]}}', /there is no field "2"/],
  ['{{log "x"}}', /unknown helper log/],
  ['{{> other}}', /The partial other could not be found/],
  ['{{#if', /Parse error on line 1/],
  ['{{#*inline "a"}}{{> a}}{{/inline}}{{> a}}', /call stack/],
]

for (const [template, rendered] of TEMPLATES)
  test(template, async () => {
    writeFileSync(file, template)
    const { status, stdout, stderr } = await cli(words(COMMAND))
    if (typeof rendered === 'string') assert.equal([status, stdout, stderr], [0, rendered, ''])
    else {
      assert.match(stderr, rendered)
      assert.match(stderr, `--template: "${file}" cannot be used: `)
      assert.equal([status, stdout], [1, ''])
    }
  })

test('a template that would render without end is stopped', async () => {
  writeFileSync(file, `${'{{#each @root.lines}}'.repeat(12)}x${'{{/each}}'.repeat(12)}`)
  const { status, stdout, stderr } = await cli(words(COMMAND))
  assert.match(stderr, `--template: "${file}" cannot be used: it takes longer than 5 s`)
  assert.equal([status, stdout], [1, ''])
})

test('a template that is not there', async () => {
  const { status, stderr } = await cli(words(COMMAND.replace('own.hbs', 'nosuch.hbs')))
  assert.match(stderr, 'cannot be used: ENOENT')
  assert.is(status, 1)
})

test.run()
