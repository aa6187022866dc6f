import { useEffect, useMemo, useRef, useState } from 'react';
import { theme } from 'antd';
import type { Attachment } from '../../shared/api';
import { useHost } from '../host';
import { bringsOwnColours, FRAME_SANDBOX, frameDocument } from '../reading/frame-document';
import { purifyBody } from '../reading/purify';

interface MessageFrameProps {
  html: string;
  allowRemote: boolean;
  attachments: readonly Attachment[];
  title: string;
  onHeldBack: (count: number) => void;
}

const LARGEST_INLINE_BYTES = 10_000_000;

/** One message's HTML in its sandboxed frame, as high as its content. */
export function MessageFrame({ html, allowRemote, attachments, title, onHeldBack }: MessageFrameProps) {
  const { api, t, language } = useHost();
  const { token } = theme.useToken();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(24);

  const quoteLabel = t('ui.message.showQuoted');
  const purified = useMemo(() => purifyBody(html, { allowRemote, quoteLabel }), [html, allowRemote, quoteLabel]);
  const paper = useMemo(() => bringsOwnColours(html), [html]);
  const source = frameDocument({
    body: purified.html,
    allowRemote,
    paper,
    colours: {
      text: token.colorText,
      secondary: token.colorTextSecondary,
      link: token.colorLink,
      border: token.colorBorder,
      fill: token.colorFillSecondary,
    },
    fontFamily: token.fontFamily,
    fontSize: token.fontSize,
    language,
  });

  useEffect(() => onHeldBack(purified.heldBack), [onHeldBack, purified.heldBack]);

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    let observer: ResizeObserver | undefined;
    let gone = false;
    const prepare = () => {
      const inside = element.contentDocument;
      if (!inside?.body || gone) return;
      const measure = () => {
        const wide = inside.body.scrollWidth > inside.body.clientWidth ? 14 : 0;
        setHeight(Math.max(24, Math.ceil(inside.body.getBoundingClientRect().height) + wide));
      };
      observer?.disconnect();
      // The parent's observer: the frame's own constructors belong to a document that runs no scripts.
      observer = new ResizeObserver(measure);
      observer.observe(inside.body);
      measure();
      // Keys pressed while the mail has the focus are still the mail centre's.
      inside.addEventListener('keydown', (event) => {
        window.dispatchEvent(
          new KeyboardEvent('keydown', {
            key: event.key,
            shiftKey: event.shiftKey,
            ctrlKey: event.ctrlKey,
            metaKey: event.metaKey,
            altKey: event.altKey,
          }),
        );
      });
      void showInlineImages(
        inside,
        attachments,
        (id) => api.attachment(id),
        () => gone,
      );
    };
    element.addEventListener('load', prepare);
    if (element.contentDocument?.readyState === 'complete' && element.contentDocument.body?.childNodes.length)
      prepare();
    return () => {
      gone = true;
      observer?.disconnect();
      element.removeEventListener('load', prepare);
    };
  }, [api, attachments, source]);

  return (
    <iframe
      ref={frame}
      className={paper ? 'em-frame em-paper' : 'em-frame'}
      title={title}
      sandbox={FRAME_SANDBOX}
      srcDoc={source}
      style={{ height }}
      data-testid="message-frame"
    />
  );
}

/** Inline images come through our own download action, as data: the frame may load nothing else. */
async function showInlineImages(
  inside: Document,
  attachments: readonly Attachment[],
  download: (id: string) => Promise<Blob>,
  isGone: () => boolean,
): Promise<void> {
  for (const image of inside.querySelectorAll<HTMLImageElement>('img[data-cid]')) {
    const contentId = image.getAttribute('data-cid');
    const attachment = attachments.find((candidate) => candidate.contentId?.replace(/^<|>$/g, '') === contentId);
    if (!attachment || attachment.sizeBytes > LARGEST_INLINE_BYTES) continue;
    try {
      const type = /^image\/(png|gif|jpe?g|webp|bmp)$/i.test(attachment.mimeType) ? attachment.mimeType : 'image/png';
      const address = await dataAddress(new Blob([await download(attachment.id)], { type }));
      if (isGone()) return;
      image.src = address;
      image.removeAttribute('data-cid');
    } catch {
      // The picture stays empty; it is still among the attachments, where a download says what is wrong.
    }
  }
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('The image cannot be read.'));
    reader.readAsDataURL(blob);
  });
}
