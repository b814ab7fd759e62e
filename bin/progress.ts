import type { Io } from './command.ts';

/** One line of progress on a terminal, redrawn at most five times a second; nothing at all elsewhere. */
export function createProgress(io: Io, wanted: boolean, title: string): { show(text: string): void; done(): void } {
  if (!io.terminal || !wanted) return { show() {}, done() {} };
  let shownAtMs = 0;
  return {
    show(text) {
      const nowMs = performance.now();
      if (nowMs - shownAtMs < 200) return;
      shownAtMs = nowMs;
      io.err(`\r\u001b[2K${title}: ${text}`);
    },
    done: () => io.err('\r\u001b[2K'),
  };
}
