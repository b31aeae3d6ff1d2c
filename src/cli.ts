#!/usr/bin/env node
import { startAny } from './all'
import { startQuick } from './quick'
import { keepCompiled } from './system/compile-cache'

// Before anything else is loaded: the imports above are, when they are first used.
keepCompiled(process.env)
if (/^(cleanup-)?iptables$/.test(process.argv[2] ?? '')) startQuick()
else startAny()
