import { interception, type Options } from '../../src/index'

/** The model of an interception by alex, 501:20. */
export const wanted = (options: Omit<Options, 'apisixUser'> = {}) =>
  interception({ apisixUser: { uid: 501, gid: 20 }, ...options }).interception
