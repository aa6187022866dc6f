import { useState } from 'react';
import {
  FileExcelOutlined,
  FileImageOutlined,
  FileOutlined,
  FilePdfOutlined,
  FilePptOutlined,
  FileTextOutlined,
  FileWordOutlined,
  FileZipOutlined,
  LoadingOutlined,
} from '@ant-design/icons';
import type { Attachment } from '../../shared/api';
import { ApiFailure } from '../api/api-failure';
import { fileSize } from '../format/numbers';
import { useHost } from '../host';
import { useFeedback } from './feedback';

const ICONS: ReadonlyArray<[RegExp, JSX.Element]> = [
  [/^image\//, <FileImageOutlined key="image" />],
  [/pdf/, <FilePdfOutlined key="pdf" />],
  [/zip|compressed|x-tar|rar|7z/, <FileZipOutlined key="zip" />],
  [/spreadsheet|excel|csv/, <FileExcelOutlined key="excel" />],
  [/presentation|powerpoint/, <FilePptOutlined key="ppt" />],
  [/word|opendocument\.text|rtf/, <FileWordOutlined key="word" />],
  [/^text\/|message\//, <FileTextOutlined key="text" />],
];

function iconOf(mimeType: string): JSX.Element {
  return ICONS.find(([pattern]) => pattern.test(mimeType))?.[1] ?? <FileOutlined />;
}

/** The files of a message. Images that stand in the text are not repeated here. */
export function AttachmentList({ attachments }: { attachments: readonly Attachment[] }) {
  const { t, plural } = useHost();
  const files = attachments.filter((attachment) => !attachment.isInline || !attachment.contentId);
  if (files.length === 0) return null;
  return (
    <section aria-label={t('ui.attachments.title')}>
      <div className="em-sub" style={{ marginTop: 14 }}>
        {plural('ui.attachments.count', files.length)}
      </div>
      <div className="em-files">
        {files.map((file) => (
          <AttachmentButton key={file.id} file={file} />
        ))}
      </div>
    </section>
  );
}

function AttachmentButton({ file }: { file: Attachment }) {
  const { api, t, language } = useHost();
  const feedback = useFeedback();
  const [busy, setBusy] = useState(false);
  const name = file.fileName || t('ui.attachments.unnamed');
  const download = async () => {
    setBusy(true);
    try {
      // Through the API client and not a plain link: the token travels in a header, never in an address.
      saveBlob(await api.attachment(file.id), name);
    } catch (error) {
      if (error instanceof ApiFailure) feedback.failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      className="em-file"
      onClick={() => void download()}
      disabled={busy}
      aria-label={t('ui.attachments.download', { name })}
      title={name}
      data-testid="attachment"
    >
      {busy ? <LoadingOutlined /> : iconOf(file.mimeType.toLowerCase())}
      <span style={{ minWidth: 0 }}>
        <span className="em-ellipsis" style={{ display: 'block' }}>
          <bdi>{name}</bdi>
        </span>
        <span className="em-sub">{fileSize(file.sizeBytes, language)}</span>
      </span>
    </button>
  );
}

function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replace(/[\\/\p{Cc}]/gu, '_');
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
