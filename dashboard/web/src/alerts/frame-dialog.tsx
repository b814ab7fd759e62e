import { Button, Modal } from '@mantine/core';
import type { AlertPicture, AlertView } from '@tocsin/contracts';
import { pictureUrl } from '../api.ts';
import { frameWords } from '../words.ts';

type Props = {
  alert: AlertView;
  /** Those that can be shown, in order. */
  pictures: readonly AlertPicture[];
  open: string | undefined;
  onOpen(sha256: string | undefined): void;
  nowMs: number;
};

/** One frame as large as the window allows; arrow keys go through the others. */
export function FrameDialog({ alert, pictures, open, onOpen, nowMs }: Props) {
  const at = pictures.findIndex(({ sha256 }) => sha256 === open);
  const picture = pictures[at];
  const go = (by: number) => {
    const next = pictures[at + by];
    if (next) onOpen(next.sha256);
  };
  return (
    <Modal
      opened={picture !== undefined}
      onClose={() => onOpen(undefined)}
      title={picture && frameWords(picture, nowMs)}
      size="min(1280px, 94vw)"
      lockScroll={false}
      closeButtonProps={{ 'aria-label': 'Close the picture' }}
      onKeyDown={({ key }) => {
        if (key === 'ArrowLeft') go(-1);
        if (key === 'ArrowRight') go(1);
      }}
    >
      {picture && (
        <>
          <img
            className="frame-large"
            src={pictureUrl(alert.key, picture.sha256)}
            alt={`${alert.event}: ${frameWords(picture, nowMs)}`}
            width={picture.width}
            height={picture.height}
          />
          <div className="frame-steps">
            <Button variant="default" disabled={at === 0} onClick={() => go(-1)}>
              Earlier
            </Button>
            <span>
              {at + 1} of {pictures.length}
            </span>
            <Button variant="default" disabled={at === pictures.length - 1} onClick={() => go(1)}>
              Later
            </Button>
          </div>
        </>
      )}
    </Modal>
  );
}
