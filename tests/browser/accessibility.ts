import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Violation = { id: string; impact: string; help: string; nodes: { target: string[]; failureSummary: string }[] };

/** A dialog begins to move one or two frames after it is there, so stillness has to last this many frames to be believed. */
const stillFrames = 5;
/** No movement of the console lasts a second; what never comes to rest is a fault of the page. */
const stillWithinFrames = 600;

/** Waits until nothing on the page moves, because a dialog that still fades in has colours that nobody will read. */
async function stillness(page: Page): Promise<void> {
  const isStill = await page.evaluate(
    async ([wanted, most]) => {
      // What turns for ever (a busy sign) has no end to wait for.
      const moves = ({ playState, effect }: Animation) =>
        playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime);
      let still = 0;
      for (let frame = 0; frame < most && still < wanted; frame += 1) {
        await new Promise(requestAnimationFrame);
        still = document.getAnimations().some(moves) ? 0 : still + 1;
      }
      return still >= wanted;
    },
    [stillFrames, stillWithinFrames] as const,
  );
  if (!isStill) throw new Error('The page does not come to rest.');
}

/** Serious and critical violations that axe finds on the page, each with the place and the reason. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await stillness(page);
  // Evaluated by the debugger, not by a script element, so that the page's own policy stays as it is.
  await page.evaluate(axeSource);
  const violations = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations)',
  )) as Violation[];
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help} at ${node.target.join(' ')}: ${node.failureSummary}`),
    );
}
