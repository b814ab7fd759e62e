import type { CameraState } from '@tocsin/contracts';
import { type RefObject, useEffect, useState } from 'react';
import { api } from '../api.ts';

/** As often as a gateway tells at the most. */
const liveEveryMs = 500;
/** A site without cameras is asked again now and then, because one may be added. */
const quietEveryMs = 10_000;

export type Cameras = { nowMs: number; cameras: CameraState[] };

/** What the cameras of a site see, asked for only while `place` is in sight of somebody. */
export function useCameras(site: string, place: RefObject<HTMLElement | null>): Cameras | undefined {
  const [cameras, setCameras] = useState<Cameras>();
  const isInSight = useInSight(place);
  useEffect(() => {
    if (!isInSight) return;
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      // The banner tells when the server is gone; what was live then says itself since when it is not.
      const answer = await api.cameras(site).catch(() => undefined);
      if (!current) return;
      if (answer) setCameras(answer);
      else
        setCameras(
          (before) => before && { ...before, cameras: before.cameras.map(({ view: _view, ...rest }) => rest) },
        );
      const isLive = answer?.cameras.some(({ view }) => view !== undefined);
      timer = setTimeout(poll, isLive ? liveEveryMs : quietEveryMs);
    };
    void poll();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [site, isInSight]);
  return cameras;
}

function useInSight(place: RefObject<HTMLElement | null>): boolean {
  const [isOnScreen, setOnScreen] = useState(false);
  const [isShown, setShown] = useState(() => !document.hidden);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver((entries) => setOnScreen(entries.at(-1)?.isIntersecting ?? false));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  useEffect(() => {
    const look = () => setShown(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return isOnScreen && isShown;
}
