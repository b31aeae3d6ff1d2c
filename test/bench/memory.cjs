// Loaded into a program that is measured: says at its end how much memory it used.
process.on('exit', () => process.stderr.write(`maxRSS ${process.resourceUsage().maxRSS}`))
