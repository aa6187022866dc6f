import type { HydratedMessage } from '@email-manager/mail-engine/model/message';

const WORDS =
  'meeting invoice project update please review attached report budget team customer order delivery schedule question answer thanks regards proposal contract draft final version number office travel hotel ticket support request'.split(
    ' ',
  );

/** Small, fast and seeded (mulberry32), so that every run writes the same mail. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * The fixed generated corpus: median 25 kB of body, 80 % with HTML, 15 % with attachments; conversations of three on
 * average, of which 60 % have one message. Newest first, as a first sync stores it.
 */
export function* generatedMail(count: number, seed = 1): Generator<HydratedMessage> {
  const random = seededRandom(seed);
  const text = Array.from({ length: 40_000 }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
  const piece = (length: number) => {
    const start = Math.floor(random() * Math.max(1, text.length - length));
    return text.slice(start, start + length);
  };
  let thread = 0;
  let left = 0;
  for (let index = 0; index < count; index += 1) {
    if (left === 0) {
      thread += 1;
      left = random() < 0.6 ? 1 : 2 + Math.floor(random() * 9);
    }
    left -= 1;
    // Log-normal around the median.
    const size = Math.min(150_000, Math.round(25_000 * Math.exp(0.8 * (random() + random() + random() - 1.5))));
    const isHtml = random() < 0.8;
    const hasAttachments = random() < 0.15;
    const sender = Math.floor(random() * 300);
    const receivedAt = Date.UTC(2026, 10, 1) - index * 240_000;
    const words = piece(size);
    yield {
      envelope: {
        remoteId: (0x18f0000000000000n + BigInt(count - index)).toString(16),
        threadRemoteId: (0x28f0000000000000n + BigInt(thread)).toString(16),
        places: index % 5 < 3 ? ['INBOX', ...(index % 7 === 0 ? ['L1'] : [])] : ['ARCHIVE'],
        isRead: index % 20 !== 0,
        isStarred: index % 100 === 0,
        isDraft: false,
        internetMessageId: `<${index}.${seed}@mail.example.org>`,
        inReplyTo: null,
        references: [],
        subject: `${words.slice(0, 40)} ${thread}`,
        snippet: words.slice(0, 180),
        from: { name: `Sender ${sender}`, address: `sender${sender}@example.org` },
        to: [{ name: 'Me', address: 'me@example.com' }],
        cc: index % 4 === 0 ? [{ name: 'Colleague', address: `colleague${index % 50}@example.com` }] : [],
        bcc: [],
        replyTo: [],
        sentAt: receivedAt - 2_000,
        receivedAt,
        sizeBytes: size,
        hasAttachments,
        draftRemoteId: null,
      },
      body: isHtml ? { html: `<div><p>${words}</p></div>`, text: null } : { html: null, text: words },
      attachments: hasAttachments
        ? [
            {
              partId: '2',
              fileName: 'report.pdf',
              mimeType: 'application/pdf',
              sizeBytes: 120_000,
              contentId: null,
              isInline: false,
            },
          ]
        : [],
    };
  }
}
