import { Modal } from '@mantine/core';

const keys = [
  ['↓ / ↑, j / k', 'next or previous alert'],
  ['Enter', 'open the alert'],
  ['a', 'acknowledge the open alert'],
  ['n', 'show alerts that were held back'],
  ['l', 'go to the list'],
  ['Esc', 'close the alert'],
  ['?', 'this help'],
] as const;

/** The keys, and what the words on the page mean. */
export function Help({ opened, onClose }: { opened: boolean; onClose(): void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keys and words"
      size="lg"
      // The page never scrolls as a whole, and the lock would write a style element that the policy refuses.
      lockScroll={false}
      closeButtonProps={{ 'aria-label': 'Close the help' }}
    >
      <table className="help-keys">
        <tbody>
          {keys.map(([key, what]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet-small">Letter keys can be turned off in the menu under your name.</p>
      <dl className="help-words">
        <dt>Alarm, supervisory, trouble</dt>
        <dd>Danger now; a protection that is not as it should be; a fault in the system itself.</dd>
        <dt>Active, recovering, ended</dt>
        <dd>The cause is there; it seems gone and its clear delay runs; it is gone.</dd>
        <dt>Latched</dt>
        <dd>Stays after its cause is gone, until somebody resets it with a reason.</dd>
        <dt>Not confirmed</dt>
        <dd>The actuator was told and has not reported that it did it. Take it as not done.</dd>
        <dt>Late</dt>
        <dd>It happened earlier and arrived after a gap; it moved nothing.</dd>
        <dt>Edge and cloud disagree</dt>
        <dd>One of them sees danger, the other does not. On site the edge decides.</dd>
      </dl>
    </Modal>
  );
}
