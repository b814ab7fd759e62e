/**
 * Why the process of the eyes cannot do what was asked, in a sentence for people. The agent makes a Fault of it; the process itself
 * carries no contracts and no schemas, which would cost a third of its memory and most of its start (measured).
 */
export class Refused extends Error {
  readonly code: 'MODEL_INVALID' | 'MODEL_FAILED' | 'PICTURE_INVALID';

  constructor(code: Refused['code'], says: string, cause?: unknown) {
    super(says, { cause });
    this.code = code;
  }
}
