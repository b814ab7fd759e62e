import type { AlertView } from '@tocsin/contracts';
import { useEffect, useRef, useState } from 'react';
import { type Arrangement, arrange } from '../live/order.ts';

/** A pointer left lying on the list keeps it still no longer than this. */
const thawAfterMs = 15_000;

/** Keeps the list still while somebody is in it; spread `handlers` on the list. */
export function useArrangement(wanted: readonly AlertView[], all: ReadonlyMap<string, AlertView>) {
  const [frozen, setFrozen] = useState(false);
  const shown = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const touch = () => {
    setFrozen(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFrozen(false), thawAfterMs);
  };
  const release = () => {
    clearTimeout(timer.current);
    setFrozen(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  const still = frozen && shown.current.length > 0;
  const arrangement: Arrangement = arrange(wanted, {
    shown: shown.current,
    frozen: still,
    find: (key) => all.get(key),
  });
  shown.current = arrangement.rows.map(({ key }) => key);
  const handlers = {
    onPointerMove: touch,
    onPointerLeave: release,
    onKeyDown: touch,
    onFocus: touch,
    onBlur: (event: { currentTarget: Element; relatedTarget: EventTarget | null }) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) release();
    },
  };
  return { ...arrangement, handlers, release };
}
