import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import type { Me } from '../api.ts';
import type { Live } from './live.ts';
import type { LiveState } from './store.ts';

/** What every part of the console needs: who looks, and the live connection. */
export type ConsoleContext = { me: Me; live: Live };

export const Context = createContext<ConsoleContext | undefined>(undefined);

/** Who looks, and the live connection. */
export function useConsole(): ConsoleContext {
  const context = useContext(Context);
  if (!context) throw new Error('Used outside the console.');
  return context;
}

/** The live state; the component draws again whenever it changes. */
export function useLive(): LiveState {
  const { live } = useConsole();
  return useSyncExternalStore(live.subscribe, live.get);
}

/** The server's present time, moving once a second. */
export function useNowMs(): number {
  const { live } = useConsole();
  const [nowMs, setNowMs] = useState(() => Date.now() + live.get().offsetMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now() + live.get().offsetMs), 1_000);
    return () => clearInterval(timer);
  }, [live]);
  return nowMs;
}
