import { Button, Code, CopyButton } from '@mantine/core';
import { useState } from 'react';
import { RemarkLine } from './remark-line.tsx';
import { referenceUrl, server } from './server.ts';
import type { Reference, Saved, SaveRequest } from './words.ts';

type Props = {
  reference: Reference | undefined;
  /** One from before is there. */
  hasReference: boolean;
  onReference(reference: Reference): void;
  /** Why there is nothing to save yet. */
  notYet: string | undefined;
  request: SaveRequest;
  /** True when what is drawn is what was saved. */
  saved: Saved | undefined;
  onSaved(saved: Saved): void;
};

/** The last two steps: the still against which "moved" is judged, and saving. */
export function FinishPanel({ reference, hasReference, onReference, notYet, request, saved, onSaved }: Props) {
  const [trouble, setTrouble] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const perform = async (work: () => Promise<void>) => {
    setBusy(true);
    setTrouble(undefined);
    await work().catch((error: Error) => setTrouble(error.message));
    setBusy(false);
  };
  return (
    <>
      <section className="panel" aria-label="Reference view">
        <h2 className="section-title">3 Reference view</h2>
        <p className="hint">
          A still of the empty street. Later pictures are held against it to see whether the camera was moved.
        </p>
        {reference && (
          <div className="reference">
            <img src={referenceUrl(reference.pictureNumber)} alt="The view that was taken as reference" />
            <RemarkLine {...reference.remark} />
          </div>
        )}
        <Button
          variant="default"
          size="sm"
          disabled={isBusy}
          onClick={() => perform(async () => onReference(await server.takeReference()))}
        >
          Take the picture on screen as reference
        </Button>
      </section>
      <section className="panel" aria-label="Save">
        <h2 className="section-title">4 Save</h2>
        {notYet ? (
          <p className="hint">{notYet}</p>
        ) : (
          !reference &&
          !hasReference && (
            <RemarkLine tone="warn" says="There is no reference view: nobody will notice a moved camera." />
          )
        )}
        <Button
          size="md"
          disabled={isBusy || notYet !== undefined}
          onClick={() => perform(async () => onSaved(await server.save(request)))}
        >
          Save the calibration
        </Button>
        <div role="status">
          {trouble && <RemarkLine tone="bad" says={trouble} />}
          {saved && <SavedLines saved={saved} />}
        </div>
      </section>
    </>
  );
}

function SavedLines({ saved: { files, yaml, remarks } }: { saved: Saved }) {
  return (
    <div className="saved">
      <RemarkLine tone="good" says={`Saved: ${files.join(', ')}`} />
      {remarks.map((remark) => (
        <RemarkLine key={remark.says} {...remark} />
      ))}
      <p className="hint">Paste these lines into the camera’s entry of the site file:</p>
      <Code block tabIndex={0} aria-label="Lines for the site file">
        {yaml}
      </Code>
      <CopyButton value={yaml}>
        {({ copied, copy }) => (
          <Button variant="default" size="sm" onClick={copy}>
            {copied ? 'Copied' : 'Copy the lines'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
