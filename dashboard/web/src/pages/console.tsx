import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { AlertDetail } from '../alerts/alert-detail.tsx';
import { AlertList } from '../alerts/alert-list.tsx';
import { api, type Me } from '../api.ts';
import { type Live, startLive } from '../live/live.ts';
import { isStale, type LiveState } from '../live/store.ts';
import { Context, useLive, useNowMs } from '../live/use-live.ts';
import { Town } from '../town/town.tsx';
import { clockTime, duration } from '../words.ts';
import { Announcer } from './announcer.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { useSelection } from './use-selection.ts';
import { useShortcuts } from './use-shortcuts.ts';

type Props = { me: Me; onLoggedOut(): void };

/** The console of a logged-in person; keeps one live connection while it is shown. */
export function ConsolePage({ me, onLoggedOut }: Props) {
  const [live, setLive] = useState<Live>();
  const leave = useRef(onLoggedOut);
  leave.current = onLoggedOut;
  useEffect(() => {
    const started = startLive(() => leave.current());
    setLive(started);
    return () => started.stop();
  }, []);
  const context = useMemo(() => (live ? { me, live } : undefined), [me, live]);
  if (!context) return null;
  return (
    <Context value={context}>
      <Console onLoggedOut={onLoggedOut} />
    </Context>
  );
}

function Console({ onLoggedOut }: { onLoggedOut(): void }) {
  const { selected, select } = useSelection();
  const [help, setHelp] = useState(false);
  const [tab, setTab] = useState<'alerts' | 'town'>('alerts');
  const close = useCallback(() => {
    const row = selected ? document.getElementById(`alert-${selected}`) : null;
    select(undefined);
    row?.focus();
  }, [selected, select]);
  const { shortcuts, setShortcuts } = useShortcuts({ help: () => setHelp(true), close });
  const stale = isStale(useLive());
  const logOut = () => api.logOut().finally(onLoggedOut);
  const open = (key: string) => select(key);
  return (
    <div className={`console${stale ? ' is-stale' : ''}${selected ? ' has-detail' : ''} tab-${tab}`}>
      <Header shortcuts={shortcuts} onShortcuts={setShortcuts} onHelp={() => setHelp(true)} onLogOut={logOut} />
      <StaleBanner />
      <nav className="tabs" aria-label="Parts of the console">
        {(['alerts', 'town'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>
            {name === 'alerts' ? 'Alerts' : 'Town'}
          </button>
        ))}
      </nav>
      <main className="panes">
        <AlertList
          selected={selected}
          shortcuts={shortcuts}
          onOpen={(key, how) => {
            // On a narrow screen the detail covers the list, so moving through it must not open.
            if (how === 'press' || matchMedia('(min-width: 900px)').matches) open(key);
          }}
        />
        <div className="pane" key={selected ?? 'town'}>
          {selected ? <AlertDetail alertKey={selected} onClose={close} /> : <Town onOpen={open} />}
        </div>
      </main>
      <Announcer />
      <Help opened={help} onClose={() => setHelp(false)} />
    </div>
  );
}

/** Says plainly when the page no longer shows the present. */
function StaleBanner() {
  const state = useLive();
  return (
    <div role="alert" className="stale-place">
      {isStale(state) && (
        <div className="stale-banner">
          <StaleWords {...state} />
        </div>
      )}
    </div>
  );
}

function StaleWords({ link, heardAtMs, offsetMs, alertsStoppedAtMs }: LiveState) {
  const nowMs = useNowMs();
  const since = (atMs: number) => `since ${clockTime(atMs, nowMs)}`;
  if (link !== 'stale' && alertsStoppedAtMs !== undefined) {
    return (
      <>
        <strong>Alerts are not being taken in {since(alertsStoppedAtMs)}</strong> ({duration(nowMs - alertsStoppedAtMs)}
        ). The server cannot store them; new alerts do not appear here until it can. The sites go on deciding by
        themselves.
      </>
    );
  }
  if (heardAtMs === undefined) {
    return (
      <>
        <strong>Nothing can be shown.</strong> The server does not tell which alerts there are. Trying again by itself.
      </>
    );
  }
  const silentSinceMs = heardAtMs + offsetMs;
  return (
    <>
      <strong>Data is old {since(silentSinceMs)}</strong> ({duration(nowMs - silentSinceMs)}). The server is silent;
      what you see may no longer be true. Trying again by itself.
    </>
  );
}
