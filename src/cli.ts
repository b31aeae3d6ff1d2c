#!/usr/bin/env node
import { startAny } from './all'
import { startCheck } from './checking'
import { startQuick } from './quick'

const [, , command = ''] = process.argv
if (/^(cleanup-)?iptables$/.test(command)) startQuick()
else if (command === 'check') startCheck()
else startAny()
