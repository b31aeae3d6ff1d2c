/** What a sidecar intercepts: plain, validated data, and the view over which `templates/rules.hbs` is rendered. */
export interface Interception {
  /** The port of the proxy: 1–65535. */
  proxyPort: number
  /** The port for inbound traffic when it is not `proxyPort`, else null. */
  inboundCapturePort: number | null
  /** The proxy's own user and group, whose traffic is left alone: 0–4294967294. */
  owner: Owner
  /** Which connections to this machine are intercepted; null for none. */
  inbound: (Selection & { exemptSsh: boolean }) | null
  /** Which connections from this machine are intercepted; null for none. */
  outbound: Selection | null
}

export interface Owner {
  uid: number
  gid: number
}

/** Every port but the excluded ones, or just the ports listed. */
export interface Selection {
  all: boolean
  /** Without `all`: the intercepted ports, in the order given. */
  ports: number[]
  /** With `all`: the ports left alone, in the order given. */
  exclude: number[]
}
