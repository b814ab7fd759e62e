import { Button } from '@mantine/core';
import type { AlertPicture, AlertView } from '@tocsin/contracts';
import { useState } from 'react';
import { pictureUrl } from '../api.ts';
import { clockTime, duration, frameWords, pictureRoleWords } from '../words.ts';
import { FrameDialog } from './frame-dialog.tsx';

type Props = { pictures: readonly AlertPicture[]; alert: AlertView; nowMs: number };

/** The frames around the alert as a strip; those of earlier raisings are asked for. */
export function EvidenceFrames({ pictures, alert, nowMs }: Props) {
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string>();
  const shown = all ? pictures : pictures.filter(({ earlier }) => !earlier);
  const more = pictures.length - pictures.filter(({ earlier }) => !earlier).length;
  const here = shown.filter(({ state }) => state === 'here');
  return (
    <>
      {shown.length === 0 && <p className="quiet-small">No picture belongs to the alert as it stands.</p>}
      <ul className="frames">
        {shown.map((picture) => (
          <li key={`${picture.occurrence} ${picture.sha256}`}>
            <Frame picture={picture} alert={alert} nowMs={nowMs} onOpen={() => setOpen(picture.sha256)} />
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
          {all ? 'Only those of now' : `${more} of earlier occurrences`}
        </Button>
      )}
      <FrameDialog alert={alert} pictures={here} open={open} onOpen={setOpen} nowMs={nowMs} />
    </>
  );
}

const absent = {
  awaited: 'Not here yet. The site sends it as soon as its link allows.',
  expired: 'Deleted. Pictures are kept for a limited time.',
} as const;

type FrameProps = { picture: AlertPicture; alert: AlertView; nowMs: number; onOpen(): void };

function Frame({ picture, alert, nowMs, onOpen }: FrameProps) {
  const [failed, setFailed] = useState(false);
  const { state, sha256, width, height } = picture;
  if (state !== 'here' || failed) {
    return (
      <div className="frame">
        <p className="frame-absent" style={{ aspectRatio: `${width} / ${height}` }}>
          {state === 'here' ? 'It cannot be shown now.' : absent[state]}
        </p>
        <FrameWords picture={picture} alert={alert} nowMs={nowMs} />
      </div>
    );
  }
  return (
    <button type="button" className="frame frame-open" onClick={onOpen}>
      <img
        src={pictureUrl(alert.key, sha256)}
        alt={`${alert.event}: ${frameWords(picture, nowMs)}`}
        width={width}
        height={height}
        onError={() => setFailed(true)}
      />
      <span aria-hidden="true">
        <FrameWords picture={picture} alert={alert} nowMs={nowMs} />
      </span>
    </button>
  );
}

function FrameWords({ picture, alert, nowMs }: Omit<FrameProps, 'onOpen'>) {
  const { role, camera, takenAtMs, blurred, earlier, occurrence } = picture;
  const startMs = alert.ladder.takenAtMs;
  const afterMs = startMs === undefined || earlier ? 0 : takenAtMs - startMs;
  return (
    <span className="frame-words">
      <strong>{pictureRoleWords[role]}</strong>
      {Math.abs(afterMs) >= 100 && ` ${afterMs < 0 ? '−' : '+'}${duration(afterMs)}`}
      {earlier && ` · occurrence ${occurrence}`}
      <span>
        {clockTime(takenAtMs, nowMs)} · {camera}
        {blurred && ' · blurred'}
      </span>
    </span>
  );
}
