import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { exec } from '../kernel/harness/exec'
import { workshop } from '../workshop'
import { FILES, type Step } from './blocks'

const PROGRAM = `exec ${process.execPath} ${resolve('dist/cli.cjs')} "$@"`

const KUBECTL = `
case $1 in
  get) exec cat injected.yaml ;;
  apply) cat "$3" > applied.yaml && grep -q 'kind: Deployment' applied.yaml ;;
esac`

/** With its options taken apart as Helm 3 does. */
const HELM = `
chart=$4
shift 4
[ "$1" = --post-renderer ] && renderer=$2 && shift 2 || exit 9
for word; do
  shift
  [ "$word" = --post-renderer-args ] || set -- "$@" "$word"
done
"$renderer" "$@" < "$chart/rendered.yaml" > released.yaml && grep -q 'name: apisix-mesh-agent' released.yaml`

/**
 * What the commands mean in a test: the built program, and stand-ins for what would change the machine.
 *
 * `kubectl` takes manifests with the init container, and those without that `get` gives; `kustomize` prints what is in a folder, and
 * `helm` what is in a chart through the post-renderer. `npm` looks whether there is such a script: CI installs and tests by itself, and test/library packs and installs. `systemctl`
 * looks at the unit and starts what it starts. All else is the real thing.
 */
const COMMANDS = {
  'apisix-mesh-agent': PROGRAM,
  npx: `[ "$1 $2" = '--no --' ] && shift 2\n[ "$1" = apisix-mesh-agent ] && shift || exit 9\n${PROGRAM}`,
  npm: `case $1 in ci | test | pack | install) exit 0 ;; esac\n[ "$1" = run ] && grep -q "\\"$2\\": " ${resolve('package.json')}`,
  kubectl: KUBECTL,
  kustomize: `[ "$1" = build ] && exec cat "$2"/*.yaml`,
  helm: HELM,
  systemctl: `for name; do :; done
folder=/etc/systemd/system
case $name in
  *@*) exec systemd-analyze verify "$folder/$name.service" ;;
  *.timer) exec systemd-analyze verify "$folder/$name" ;;
esac
systemd-analyze verify "$folder/$name.service" || exit 1
exec sh -c "$(sed -n 's/^ExecStart=//p' "$folder/$name.service")"`,
}

/** A folder to work in, with the fixtures that the README names, and the PATH on which its commands are. */
export function stage() {
  const folder = workshop('readme')
  const bin = workshop('readme-bin')
  for (const [name, lines] of Object.entries(COMMANDS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  cpSync('fixtures/root', join(folder, 'fixtures/root'), { recursive: true })
  const [manifest] = FILES
  for (const name of ['k8s', 'overlay', 'chart']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'rendered.yaml'), `---\n# Source: web/templates/web.yaml\n${manifest?.text}`)
  }
  for (const { name, text } of FILES) writeFileSync(join(folder, name), text)
  return { folder, path: `${bin}:${process.env.PATH}` }
}

/** What differs from machine to machine and from run to run. */
const VARYING: [RegExp, string][] = [
  [/\b\d\d:\d\d:\d\d\b/g, 'HH:MM:SS'],
  [/\bv1\.\d+\.\d+\b/g, 'v1.N.N'],
]
const same = (text: string) => VARYING.reduce((all, [varies, name]) => all.replace(varies, name), text)

/**
 * Types the steps, and compares what they print with what is shown. A status other than 0 is shown: the next step is `echo $?`.
 *
 * @param enter the words that start a shell where the steps are to run
 */
export async function play(steps: Step[], { path, enter }: { path: string; enter: string[] }): Promise<void> {
  let before = 0
  for (const [at, { command, output }] of steps.entries()) {
    const line = `(exit ${before})\n${command}`
    const { status, stdout } = await exec([...enter, 'sh', '-c', 'exec 2>&1; eval "$1"', 'sh', line], { path })
    if (output !== '') assert.is(same(stdout), same(output), command)
    if (steps[at + 1]?.command !== 'echo $?') assert.is(status, 0, `${command}\n${stdout}`)
    before = status ?? 1
  }
}
