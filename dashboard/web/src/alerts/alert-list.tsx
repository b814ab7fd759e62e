import { Button, SegmentedControl } from '@mantine/core';
import type { AlertView } from '@tocsin/contracts';
import { isOpen } from '@tocsin/contracts/desk';
import { useMemo, useState } from 'react';
import { useLive, useNowMs } from '../live/use-live.ts';
import { severityRank } from '../words.ts';
import { AlertRow } from './alert-row.tsx';
import { useArrangement } from './use-arrangement.ts';

/** Beyond this many rows the page would get slow; the count says how many there are. */
const rowsMax = 300;

type Props = { selected: string | undefined; onOpen(key: string, how: 'press' | 'move'): void; shortcuts: boolean };

/** The alerts that want somebody, worst first, in an order that holds still under the hand. */
export function AlertList({ selected, onOpen, shortcuts }: Props) {
  const { world, loaded } = useLive();
  const nowMs = useNowMs();
  const [which, setWhich] = useState<'open' | 'ended'>('open');
  const groups = useMemo(() => split(world.alerts), [world.alerts]);
  const { rows: all, held, handlers, release } = useArrangement(groups[which], world.alerts);
  const rows = all.slice(0, rowsMax);
  const tabStop = rows.some(({ key }) => key === selected) ? selected : rows[0]?.key;

  const move = (event: React.KeyboardEvent) => {
    const next = rows[rowAfter(event, rows, shortcuts) ?? -1];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    document.getElementById(`alert-${next.key}`)?.focus();
    onOpen(next.key, 'move');
  };

  const choose = (value: string) => {
    release();
    setWhich(value as 'open' | 'ended');
  };
  const choices = [
    { value: 'open', label: `Open ${groups.open.length}` },
    { value: 'ended', label: `Ended ${groups.ended.length}` },
  ];

  return (
    <section className="list" aria-label="Alerts">
      <div className="list-head">
        <h2 className="section-title">Alerts</h2>
        <SegmentedControl size="xs" value={which} onChange={choose} data={choices} />
      </div>
      <div className="list-frame" onPointerLeave={handlers.onPointerLeave}>
        {held.length > 0 && (
          <Button fullWidth size="compact-md" className="held" onClick={release} aria-live="polite">
            {held.length} new, worst {worst(held)}: show
          </Button>
        )}
        <div
          role="listbox"
          aria-label={which === 'open' ? 'Open alerts' : 'Ended alerts'}
          className="rows"
          onKeyDown={(event) => {
            handlers.onKeyDown();
            move(event);
          }}
          onPointerMove={handlers.onPointerMove}
          onFocus={handlers.onFocus}
          onBlur={handlers.onBlur}
        >
          {rows.map((alert) => (
            <AlertRow
              key={alert.key}
              alert={alert}
              siteName={world.sites.get(alert.site)?.descriptor?.name ?? alert.site}
              nowMs={nowMs}
              selected={alert.key === selected}
              tabbable={alert.key === tabStop}
              onOpen={(key) => onOpen(key, 'press')}
            />
          ))}
        </div>
        {all.length > rowsMax && <p className="quiet">and {all.length - rowsMax} more, all less urgent</p>}
        {rows.length === 0 && <Quiet which={which} loaded={loaded} sites={world.sites.size} />}
      </div>
    </section>
  );
}

/** The index of the row that a key leads to from the focused one, or undefined when the key is not about moving. */
function rowAfter(event: React.KeyboardEvent, rows: readonly AlertView[], shortcuts: boolean): number | undefined {
  const letters = shortcuts && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === 'Home') return 0;
  if (event.key === 'End') return rows.length - 1;
  const down = event.key === 'ArrowDown' || (letters && event.key === 'j');
  const up = event.key === 'ArrowUp' || (letters && event.key === 'k');
  if (!down && !up) return undefined;
  const key = (document.activeElement as HTMLElement | null)?.dataset.key;
  const at = rows.findIndex((row) => row.key === key);
  return Math.max(0, Math.min(rows.length - 1, at + (down ? 1 : -1)));
}

function split(alerts: ReadonlyMap<string, AlertView>) {
  const open: AlertView[] = [];
  const ended: AlertView[] = [];
  for (const alert of alerts.values()) (isOpen(alert) ? open : ended).push(alert);
  return { open, ended };
}

const worst = (alerts: readonly AlertView[]) =>
  alerts.map(({ severity }) => severity).sort((a, b) => severityRank[a] - severityRank[b])[0];

/** An empty list says what its emptiness means. */
function Quiet({ which, loaded, sites }: { which: string; loaded: boolean; sites: number }) {
  if (!loaded) return <p className="quiet">Asking the server…</p>;
  if (which === 'ended') return <p className="quiet">Nothing has ended since the desk began to keep count.</p>;
  if (sites === 0) {
    return <p className="quiet">No alerts, and no site has reported yet: this quiet proves nothing.</p>;
  }
  return (
    <p className="quiet">
      <strong>All quiet.</strong> No rule sees danger at any of {sites} {sites === 1 ? 'site' : 'sites'}, and nothing
      waits to be acknowledged. A sensor or a site that falls silent would show here as trouble.
    </p>
  );
}
