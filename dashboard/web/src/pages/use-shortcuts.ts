import { useEffect, useState } from 'react';

const storageKey = 'tocsin-letter-keys';

/** Letters pressed while somebody writes are text. */
const isWriting = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Single-key shortcuts, which can be turned off (WCAG 2.1.4); the choice is kept on this machine. */
export function useShortcuts({ help, close }: { help(): void; close(): void }) {
  const [shortcuts, setOn] = useState(() => localStorage.getItem(storageKey) !== 'off');
  useEffect(() => {
    const press = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (document.querySelector('[role="dialog"]')) return;
      if (event.key === 'Escape') close();
      if (!shortcuts || isWriting(event.target)) return;
      if (event.key === '?') help();
      if (event.key === 'a') press('[data-act="acknowledge"]');
      if (event.key === 'n') press('.held');
      if (event.key === 'l' || event.key === 'j' || event.key === 'k') {
        document.querySelector<HTMLElement>('[role="option"][tabindex="0"]')?.focus();
      }
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [shortcuts, help, close]);
  const setShortcuts = (on: boolean) => {
    localStorage.setItem(storageKey, on ? 'on' : 'off');
    setOn(on);
  };
  return { shortcuts, setShortcuts };
}
