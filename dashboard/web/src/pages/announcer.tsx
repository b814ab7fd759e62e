import { isOpen } from '@tocsin/contracts/desk';
import { useEffect, useRef, useState } from 'react';
import { useLive } from '../live/use-live.ts';
import { severityRank } from '../words.ts';

/** One sentence at most this often, however many alerts come. */
const sayEveryMs = 3_000;

/** Tells screen readers what is new in one sentence, politely. */
export function Announcer() {
  const { world, loaded } = useLive();
  const [sentence, setSentence] = useState('');
  const known = useRef<Set<string>>(undefined);
  const latest = useRef(world);
  latest.current = world;
  useEffect(() => {
    if (!loaded) return;
    const timer = setInterval(() => {
      const open = [...latest.current.alerts.values()].filter(isOpen);
      const keys = new Set(open.map(({ key, occurrence }) => `${key} ${occurrence}`));
      const fresh = known.current
        ? open.filter(({ key, occurrence }) => !known.current!.has(`${key} ${occurrence}`))
        : [];
      known.current = keys;
      if (fresh.length === 0) return;
      const worst = fresh.sort((a, b) => severityRank[a.severity] - severityRank[b.severity])[0]!;
      const what = `${worst.severity}: ${worst.event}, ${worst.site}.`;
      setSentence(fresh.length === 1 ? `New alert. ${what}` : `${fresh.length} new alerts, the worst ${what}`);
    }, sayEveryMs);
    return () => clearInterval(timer);
  }, [loaded]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {sentence}
    </div>
  );
}
