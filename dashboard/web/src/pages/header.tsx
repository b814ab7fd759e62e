import { ActionIcon, Button, Popover, Stack, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';
import { Bell } from '../bell.tsx';
import { useConsole, useLive, useNowMs } from '../live/use-live.ts';
import { ago, clockTime, siteState } from '../words.ts';

type Props = { shortcuts: boolean; onShortcuts(on: boolean): void; onHelp(): void; onLogOut(): void };

const linkWords = { connecting: 'connecting', live: 'live', stale: 'no connection' } as const;

/** Who looks, whether the page lives, and every site at a glance. */
export function Header({ shortcuts, onShortcuts, onHelp, onLogOut }: Props) {
  const { link, alertsStoppedAtMs } = useLive();
  const nowMs = useNowMs();
  const isBlind = link === 'live' && alertsStoppedAtMs !== undefined;
  return (
    <header className="top">
      <h1 className="brand">
        <Bell /> Tocsin
      </h1>
      <SitesStrip />
      <div className="top-end">
        <span className={`link link-${isBlind ? 'stale' : link}`} role="status">
          {isBlind ? 'no new alerts' : linkWords[link]}
        </span>
        <time className="clock">{clockTime(nowMs, nowMs)}</time>
        <ActionIcon variant="subtle" color="gray" aria-label="Help and keys" onClick={onHelp} size="lg">
          ?
        </ActionIcon>
        <UserMenu shortcuts={shortcuts} onShortcuts={onShortcuts} onLogOut={onLogOut} />
      </div>
    </header>
  );
}

/** Buttons in a small dialog; Mantine's own menu holds a focus stop that its role forbids. */
function UserMenu({ shortcuts, onShortcuts, onLogOut }: Omit<Props, 'onHelp'>) {
  const { me } = useConsole();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [opened, setOpened] = useState(false);
  const dark = colorScheme === 'dark';
  const items: [string, () => void][] = [
    [dark ? 'Light theme' : 'Dark theme', () => setColorScheme(dark ? 'light' : 'dark')],
    [`Letter keys: turn ${shortcuts ? 'off' : 'on'}`, () => onShortcuts(!shortcuts)],
    ['Log out', onLogOut],
  ];
  return (
    <Popover position="bottom-end" opened={opened} onChange={setOpened} trapFocus>
      <Popover.Target>
        <button type="button" className="user" onClick={() => setOpened(!opened)}>
          {me.name} <small>{me.role}</small>
        </button>
      </Popover.Target>
      <Popover.Dropdown p={6}>
        <Stack gap={2}>
          {items.map(([label, act]) => (
            <Button
              key={label}
              variant="subtle"
              color="gray"
              justify="flex-start"
              onClick={() => {
                setOpened(false);
                act();
              }}
            >
              {label}
            </Button>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function SitesStrip() {
  const { world, link } = useLive();
  const nowMs = useNowMs();
  const views = [...world.sites.values()].sort((a, b) => (a.site < b.site ? -1 : 1));
  return (
    // Scrolls sideways when there are many, so it must be reachable by keys.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region needs focus to be scrolled without a mouse.
    <ul className="strip" aria-label="Sites" tabIndex={0}>
      {views.map((view) => {
        const state = siteState(view, nowMs);
        const queued = view.status?.queued ?? 0;
        return (
          <li key={view.site} className={`strip-site site-${state.replace(' ', '-')}`}>
            <span className="strip-name">{view.descriptor?.name ?? view.site}</span>
            <span className="strip-state">
              {link === 'stale' && 'was '}
              {state}
              {view.lastHeardAtMs !== undefined && `, ${ago(view.lastHeardAtMs, nowMs)}`}
              {queued > 0 && `, ${queued} queued`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
