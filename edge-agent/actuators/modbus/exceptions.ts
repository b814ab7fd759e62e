/** Exceptions in words (application protocol V1.1b3, section 7), and whether one proves that nothing was carried out. */
const exceptions: Record<number, { words: string; nothingDone: boolean }> = {
  1: { words: 'it does not know this function', nothingDone: true },
  2: { words: 'it has no such address', nothingDone: true },
  3: { words: 'it does not take this value', nothingDone: true },
  4: { words: 'it failed while carrying it out', nothingDone: false },
  5: { words: 'it is still carrying it out', nothingDone: false },
  6: { words: 'it is busy', nothingDone: true },
  7: { words: 'it declined', nothingDone: true },
  8: { words: 'its memory is damaged', nothingDone: false },
  10: { words: 'the gateway has no way to it', nothingDone: true },
  11: { words: 'the gateway got no answer from it', nothingDone: false },
};

/** The code that means “taken, and still at it”: the order was accepted. */
export const acknowledged = 5;

/** What an exception says, and whether it proves that nothing was carried out; an unknown one proves nothing. */
export function exceptionOf(code: number): { words: string; nothingDone: boolean } {
  const known = exceptions[code];
  return {
    words: `${known?.words ?? 'it answered with an exception'} (${code})`,
    nothingDone: known?.nothingDone ?? false,
  };
}
