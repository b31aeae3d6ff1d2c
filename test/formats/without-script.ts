/** An init container with a word in place of its script, which has a golden file of its own. */
export const withoutScript = (pod: string) => pod.replace(/^( +)#!\/bin\/sh\n.*^\1main "\$@"\n/ms, '$1<the script>\n')
