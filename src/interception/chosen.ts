import type { Options } from './options'
import type { Owners } from './owners'
import type { PortSelection } from './ports'

/** What the options chose, beyond the model that it became: what a warning names. */
export interface Chosen {
  inPorts: PortSelection | null
  outPorts: PortSelection | null
  compact: boolean
  owners: Owners
  options: Options
}
