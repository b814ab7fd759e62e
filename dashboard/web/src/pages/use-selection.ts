import { useCallback, useSyncExternalStore } from 'react';

const subscribe = (listener: () => void) => {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
};

const legal = /^#\/alert\/([\w.-]+\/[\w.-]+\/[\w.-]+)$/;
const read = () => legal.exec(window.location.hash)?.[1];

/** The open alert, kept in the address, so that it survives a reload and can be sent to a colleague. */
export function useSelection() {
  const selected = useSyncExternalStore(subscribe, read);
  const select = useCallback((key: string | undefined) => {
    window.location.hash = key === undefined ? '' : `/alert/${key}`;
  }, []);
  return { selected, select };
}
