import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { Bell } from '../bell.tsx';
import { useConsole, useLive, useNowMs } from '../live/use-live.ts';
import { ago, clockTime, siteState } from '../words.ts';

type Props = { shortcuts: boolean; onShortcuts(on: boolean): void; onHelp(): void; onLogOut(): void };

const linkWords = { connecting: 'connecting', live: 'live', stale: 'no connection' } as const;

/** Who looks, whether the page lives, and every site at a glance. */
export function Header({ shortcuts, onShortcuts, onHelp, onLogOut }: Props) {
  const { me } = useConsole();
  const { link } = useLive();
  const nowMs = useNowMs();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <header className="top">
      <h1 className="brand">
        <Bell /> Tocsin
      </h1>
      <SitesStrip />
      <div className="top-end">
        <span className={`link link-${link}`} role="status">
          {linkWords[link]}
        </span>
        <time className="clock">{clockTime(nowMs, nowMs)}</time>
        <ActionIcon variant="subtle" color="gray" aria-label="Help and keys" onClick={onHelp} size="lg">
          ?
        </ActionIcon>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <button type="button" className="user">
              {me.name} <small>{me.role}</small>
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark')}>
              {colorScheme === 'dark' ? 'Light theme' : 'Dark theme'}
            </Menu.Item>
            <Menu.Item onClick={() => onShortcuts(!shortcuts)}>
              Letter keys: {shortcuts ? 'turn off' : 'turn on'}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item onClick={onLogOut}>Log out</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </header>
  );
}

function SitesStrip() {
  const { world } = useLive();
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
