import { isOpen } from '@tocsin/contracts/desk';
import { useMemo } from 'react';
import { useLive } from '../live/use-live.ts';
import { SiteCard } from './site-card.tsx';

/** Each card asks the server every two seconds, so that only so many are shown. */
const cardsMax = 12;

/** What is happening: one card a site, those with open alerts first. */
export function Town({ onOpen }: { onOpen(key: string): void }) {
  const { world, loaded } = useLive();
  const troubled = useMemo(
    () => new Set([...world.alerts.values()].filter(isOpen).map(({ site }) => site)),
    [world.alerts],
  );
  // Few sites keep their places; only a list too long to show puts the troubled first.
  const names = [...world.sites.keys()].sort();
  const sorted =
    names.length <= cardsMax ? names : names.sort((a, b) => Number(troubled.has(b)) - Number(troubled.has(a)));
  return (
    <section className="town" aria-label="What is happening">
      <h2 className="section-title">What is happening</h2>
      {loaded && names.length === 0 && (
        <p className="quiet">
          No site has reported yet. Start one with <code>tocsin edge site.yaml</code>.
        </p>
      )}
      <div className="cards">
        {sorted.slice(0, cardsMax).map((site) => (
          <SiteCard key={site} view={world.sites.get(site)!} onOpen={onOpen} />
        ))}
      </div>
      {names.length > cardsMax && <p className="quiet">and {names.length - cardsMax} more sites</p>}
    </section>
  );
}
