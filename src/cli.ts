#!/usr/bin/env node
import { startAny } from './all'
import { startQuick } from './quick'

if (/^(cleanup-)?iptables$/.test(process.argv[2] ?? '')) startQuick()
else startAny()
