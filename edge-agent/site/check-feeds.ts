import { say } from './conform-leaf.ts';
import type { Outline } from './outline.ts';
import type { Findings } from './problems.ts';

/**
 * What feeds smoke control, a fire pump, emergency lighting, a fire lift or the detection itself is never moved by a rule,
 * however well confirmed (NFPA 70 article 700, IEC 60364-5-56): a response that would take it from its rest is refused.
 */
export function checkFeeds({ actuators, responses }: Outline, findings: Findings): void {
  for (const { value, place, fits } of responses) {
    if (!fits) continue;
    const actuator = actuators.find(({ id }) => id === value.actuator);
    const { feeds = [], rest } = (actuator?.value ?? {}) as { feeds?: unknown; rest?: unknown };
    if (!Array.isArray(feeds) || feeds.length === 0 || value.action === rest) continue;
    findings.add(
      [...place, 'actuator'],
      `${say(value.actuator)} feeds ${feeds.join(', ')}, so no rule may ask it for ${say(value.action)}.`,
      'Leave it to a person, or switch a circuit that feeds none of these.',
    );
  }
}
