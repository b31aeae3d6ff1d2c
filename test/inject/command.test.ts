import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { cli, fixture, words } from '../support'
import { workshop } from '../workshop'

const POD = (annotations = '', spec = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {${annotations}}\nspec:\n${spec && `  ${spec}\n`}  containers: [{name: web}, {name: apisix}]\n`
const SELECTED = '--apisix-user 636:636 --inbound-ports 80'
const OPTIONS = `--image a ${SELECTED}`
const inject = (stdin: string, options = OPTIONS) => cli(words(`inject ${options}`), { stdin })
const scriptOf = (text: string): string => parse(text).spec.initContainers.at(-1).args[0]
/** The script of the init container that `iptables` prints for the same options. */
const printedScript = async (options: string): Promise<string> =>
  parse((await cli(words(`iptables ${options} --image a --format init-container`))).stdout).initContainers[0].args[0]

test('it is the init container of `iptables --format init-container`, but for what says what was added', async () => {
  const { stdout } = await inject(POD())
  const { initContainers, volumes } = parse(stdout).spec
  const other = parse((await cli(words(`iptables ${OPTIONS} --format init-container`))).stdout)
  const [{ env, ...container }] = initContainers
  assert.equal([container], other.initContainers)
  assert.equal(volumes, other.volumes)
  assert.equal(env, [{ name: 'APISIX_MESH_AGENT_ADDED', value: 'initContainers volumes' }])
})

const UPSTREAM =
  "--apisix-user nobody --apisix-inbound-capture-port 9081 --apisix-port 9080 --inbound-ports '*' --inbound-exclude-ports 17739 --outbound-ports '*' --outbound-exclude-ports 17739,8848"

test("upstream's arguments of its own injection, unchanged", async () => {
  const root = '--root fixtures/root'
  const flags = await cli(words(`iptables ${UPSTREAM} ${root} --format script`))
  assert.is(flags.status, 0)
  const { status, stdout } = await inject(POD(), `--image a ${UPSTREAM} ${root}`)
  assert.is(status, 0)
  assert.is(scriptOf(stdout), await printedScript(`${UPSTREAM} ${root}`))
})

test('how tables are reached is held by the script', async () => {
  const held = '--backend legacy --wait 60s --timeout 5m'
  const { stdout } = await inject(POD(), `${OPTIONS} ${held}`)
  assert.is(scriptOf(stdout), await printedScript(`${SELECTED} ${held}`))
})

test('with nft there is no volume for a lock; one takes the place of the other, and both go', async () => {
  const native = `${OPTIONS} --native-nftables`
  const { stdout } = await inject(POD(), native)
  const { initContainers, volumes } = parse(stdout).spec
  assert.is(volumes, undefined)
  assert.equal(initContainers[0].env, [{ name: 'APISIX_MESH_AGENT_ADDED', value: 'initContainers' }])
  assert.is(scriptOf(stdout), await printedScript(`${SELECTED} --native-nftables`))
  const other = (await inject(POD())).stdout
  assert.is((await inject(stdout, native)).stdout, stdout)
  assert.is((await inject(other, native)).stdout, stdout)
  assert.is((await inject(stdout)).stdout, other)
  assert.is((await inject(stdout, '--remove')).stdout, POD())
})

/** Annotations of a pod, and the options that give the same. */
const ANNOTATED: [annotations: string, options: string][] = [
  ['apisix-mesh-agent/inbound-ports: "443,8000-8010"', '--inbound-ports 443,8000-8010'],
  [
    "apisix-mesh-agent/inbound-ports: '*', apisix-mesh-agent/inbound-exclude-ports: '1'",
    "--inbound-ports '*' --inbound-exclude-ports 1",
  ],
  ['apisix-mesh-agent/inbound-ports: ""', '--inbound-ports='],
  ['apisix-mesh-agent/outbound-ports: 443', '--inbound-ports 80 --outbound-ports 443'],
  ['apisix-mesh-agent/apisix-user: "501:20"', '--inbound-ports 80 --apisix-user 501:20'],
  ['apisix-mesh-agent/compact: "true"', '--inbound-ports 80 --compact'],
  ['apisix-mesh-agent/inject: "true", example.org/inject: "false"', '--inbound-ports 80'],
]

for (const [annotations, options] of ANNOTATED)
  test(`annotations take the place of options: ${annotations}`, async () => {
    const { status, stdout } = await inject(POD(annotations))
    assert.is(status, 0)
    const user = options.includes('--apisix-user') ? '' : '--apisix-user 636:636'
    assert.is(scriptOf(stdout), await printedScript(`${user} ${options}`))
  })

test('what is warned of for one pod names it; what is for all is said once', async () => {
  const two = `${POD()}---\n${POD("apisix-mesh-agent/outbound-ports: '*'")}`
  const all = '--image a --apisix-user 0:636 --inbound-ports 80'
  const { stderr } = await inject(two, all)
  const lines = stderr.split('\n').slice(0, -1)
  assert.equal(
    lines.map((line) => line.replace(/^apisix-mesh-agent: warning: (stdin: Pod web: )?.*\[(.*)\]$/, '$1$2')),
    ['root-bypasses', 'stdin: Pod web: loopback-redirected', 'stdin: Pod web: root-bypasses'],
  )
  assert.match(stderr, "stdin: Pod web: apisix-mesh-agent/outbound-ports '*' redirects connections to 127.0.0.1 too.")
})

/** Pods that pass through as they are, and what is said. */
const LEFT: [what: string, text: string, status: number, says: RegExp][] = [
  ['switched off', POD('apisix-mesh-agent/inject: "false"'), 0, /^$/],
  ['switched off, with hostNetwork', POD('apisix-mesh-agent/inject: "false"', 'hostNetwork: true'), 0, /^$/],
  ['switched off without quotes', POD('apisix-mesh-agent/inject: no'), 0, /^$/],
  [
    'hostNetwork',
    POD('', 'hostNetwork: true'),
    1,
    /error: stdin: Pod web: hostNetwork: true means .* Remove hostNetwork, or add the annotation apisix-mesh-agent\/inject: "false"\.$/m,
  ],
  ['hostNetwork in YAML 1.1', POD('', 'hostNetwork: yes'), 1, /hostNetwork: true means/],
  [
    'no switch',
    POD('apisix-mesh-agent/inject: maybe'),
    1,
    /stdin: Pod web: apisix-mesh-agent\/inject: "maybe" is not a known value\. Use true or false\./,
  ],
  [
    'no port',
    POD('apisix-mesh-agent/inbound-ports: 80a'),
    1,
    /stdin: Pod web: apisix-mesh-agent\/inbound-ports: "80a" is not a port/,
  ],
  [
    'unknown',
    POD('apisix-mesh-agent/inbound-port: 80'),
    1,
    /stdin: Pod web: apisix-mesh-agent\/inbound-port: "80" .*\(did you mean "apisix-mesh-agent\/inbound-ports"\?\)/,
  ],
  ['a file', POD('apisix-mesh-agent/inbound-ports: "80,@/etc/passwd"'), 1, /names a file, which an annotation cannot/],
  [
    'root',
    POD('apisix-mesh-agent/root: /'),
    1,
    /apisix-mesh-agent\/root: "\/" is the value of an annotation that inject does not know/,
  ],
  [
    'volumes that are none',
    POD('', 'volumes: none'),
    1,
    /error: stdin: Pod web: its volumes are an alias, or no list\. Write them out\./,
  ],
  ['no valid YAML', `# c\n${POD('', 'x: [')}`, 1, /error: stdin:\d+: is not valid YAML: /],
  [
    'no pod',
    'apiVersion: v1\nkind: Service\nmetadata: {name: Pod}\n',
    0,
    /note: There is no pod spec\. Everything stays as it is\./,
  ],
  ['no manifest', 'A Pod: that is\n\tnone \u001b[31m\0\n', 0, /note: There is no pod spec/],
]

for (const [what, text, status, says] of LEFT)
  test(`left as it is: ${what}`, async () => {
    const { stdout, stderr, ...ended } = await inject(text)
    assert.is(stdout, text)
    assert.match(stderr, says)
    assert.is(ended.status, status)
  })

test('names that could steer a terminal are escaped', async () => {
  const { stderr } = await inject(POD('', 'hostNetwork: true').replace('name: web', 'name: "\\e[31mweb"'))
  assert.match(stderr, 'stdin: Pod \\u001b[31mweb: hostNetwork')
})

test('those beside one that is left as it is get theirs, and the status says that one did not', async () => {
  const host = POD('', 'hostNetwork: true')
  const { status, stdout } = await inject(`${host}---\n${POD()}`)
  assert.is(stdout, `${host}---\n${(await inject(POD())).stdout}`)
  assert.is(status, 1)
})

test('--strict makes errors of warnings, pod by pod', async () => {
  const bare = POD().replace(', {name: apisix}', '')
  const { status, stdout, stderr } = await inject(`${bare}---\n${POD()}`, `${OPTIONS} --strict`)
  assert.is(stdout, `${bare}---\n${(await inject(POD())).stdout}`)
  assert.match(
    stderr,
    /error: stdin: Pod web: --strict: "no-proxy-container" is a warning: .* Use --allow no-proxy-container/,
  )
  assert.is(status, 1)
  const allowed = await inject(bare, `${OPTIONS} --strict --allow no-proxy-container`)
  assert.match(allowed.stderr, /warning: stdin: Pod web: there is no container apisix .*\[no-proxy-container\]/)
  assert.is(allowed.status, 0)
  assert.is((await inject(bare, `${OPTIONS} --strict --proxy-container web`)).stderr, '')
})

/** Command lines that are at fault: nothing is printed. */
const FAULTY: [options: string, says: RegExp][] = [
  ['--inbound-ports 80', /--image: no image is given\. Use one as in registry/],
  ["--image ''", /--image: "" is not the name of an image\. Use one as in registry/],
  ['--image a --apisix-port 0 --inbound-ports 80a', /"0" is not a port.*\n.*"80a" is not a port/],
  ['--image a --proxy-container A_b', /--proxy-container: "A_b" is not the name of a container/],
  ['--image a --strict --allow nosuch', /"nosuch" is not a warning code/],
  ['--image a --netns /x', /"--netns" is an option of .*, not of inject/],
  ['--image a /nosuch', /"\/nosuch" cannot be read/],
  ['--remove=maybe', /--remove: "maybe" is not a known value/],
]

for (const [options, says] of FAULTY)
  test(`refused: inject ${options}`, async () => {
    const { status, stdout, stderr } = await inject(POD(), options)
    assert.is(stdout, '')
    assert.match(stderr, says)
    assert.is(status, 1)
  })

test('a script that no argument holds is refused', async () => {
  const ports = Array.from({ length: 4000 }, (_, at) => at + 1).join()
  const { status, stdout, stderr } = await inject(POD(), `${OPTIONS} --inbound-ports ${ports}`)
  assert.match(stderr, /only 100 fit into an argument/)
  assert.is(stdout, '')
  assert.is(status, 1)
})

test('files and folders are printed as one stream, in the order of their names', async () => {
  const folder = workshop('manifests')
  mkdirSync(join(folder, 'more'))
  const [one, two, three] = [POD(), `---\n${POD()}`, '{"apiVersion": "v1", "kind": "Service"}']
  writeFileSync(join(folder, 'b.yaml'), one.trimEnd())
  writeFileSync(join(folder, 'more/c.yml'), two)
  writeFileSync(join(folder, 'a.json'), three)
  writeFileSync(join(folder, 'README.md'), 'kind: Pod')
  const { status, stdout } = await cli(words(`inject ${folder} - --remove`), { stdin: one })
  assert.is(stdout, `${three}\n---\n${one}${two}---\n${one}`)
  assert.is(status, 0)
  const empty = await cli(words(`inject ${workshop('empty')} --remove`))
  assert.match(empty.stderr, /the folder holds no \.yaml, \.yml or \.json file/)
  assert.is(empty.status, 1)
  writeFileSync(join(folder, 'latin.yaml'), Buffer.from('# caf\xe9\n', 'latin1'))
  const latin = await cli(words(`inject ${folder} --remove`))
  assert.match(latin.stderr, /latin\.yaml" is not in UTF-8/)
  assert.is(latin.stdout, '')
})

test('--diff shows what changes, in colour on a terminal, and writes nothing', async () => {
  const file = join(workshop('diff'), 'pod.yaml')
  const text = fixture('manifests/pod.yaml')
  writeFileSync(file, text)
  const line = words(`inject ${file} ${OPTIONS} --diff`)
  const { status, stdout } = await cli(line)
  assert.ok(stdout.startsWith(`--- ${file}\n+++ ${file}\n@@ `))
  const lines = stdout.split('\n')
  assert.ok(lines.includes('+  initContainers:') && lines.includes(' spec:'))
  assert.equal(
    lines.filter((each) => /^-(?!--)/.test(each)),
    [],
  )
  assert.is(status, 0)
  assert.match((await cli(line, { colorDepth: 4 })).stdout, '\u001b[32m+  initContainers:\u001b[39m')
  assert.is(readFileSync(file, 'utf8'), text)
  assert.is((await cli(words(`inject ${file} --remove --diff`))).stdout, '')
})

test.run()
