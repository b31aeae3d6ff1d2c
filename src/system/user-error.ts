/** Something that was not done for a reason outside this program. Its message is for the reader: what, why, what to do. */
export class UserError extends Error {
  override name = 'Refusal'

  /** @param detail the words of the tool or system that failed, shown beneath the message as they are */
  constructor(
    message: string,
    readonly detail = '',
  ) {
    super(message)
  }
}
