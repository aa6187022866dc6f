import { Modal } from 'antd';
import { useHost } from '../host';
import { KEY_HELP } from '../state/keyboard';

export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useHost();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t('ui.keys.title')} width={420}>
      <table style={{ width: '100%' }} data-testid="key-help">
        <tbody>
          {KEY_HELP.map(({ keys, text }) => (
            <tr key={text}>
              <td style={{ padding: '3px 12px 3px 0', whiteSpace: 'nowrap' }}>
                {keys.map((key) => (
                  <kbd key={key} style={KEY_STYLE}>
                    {key}
                  </kbd>
                ))}
              </td>
              <td>{t(text)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

const KEY_STYLE = {
  display: 'inline-block',
  minWidth: 24,
  padding: '0 6px',
  marginInlineEnd: 4,
  border: '1px solid rgba(128, 128, 128, 0.4)',
  borderRadius: 4,
  textAlign: 'center',
  fontFamily: 'inherit',
} as const;
