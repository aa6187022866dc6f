import { describe, expect, it } from 'vitest';
import { aboutSent, parseDeliveryReport, readDeliveryReport } from './delivery-status';

const report = (head: string, parts: readonly string[]) =>
  Buffer.from(
    [
      ...head.split('\n'),
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      '',
      ...parts.flatMap((part) => ['--b', ...part.split('\n')]),
      '--b--',
      '',
    ].join('\r\n'),
  );
const TEXT = 'Content-Type: text/plain\n\nSorry.\n';

const GMAIL = report(
  'From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)\nIn-Reply-To: <CAx@mail.gmail.com>',
  [
    TEXT,
    `Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
X-Original-Message-ID: <CAx@mail.gmail.com>

Final-Recipient: rfc822; Gone@Nowhere.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried
 to reach does not exist.
`,
    'Content-Type: text/rfc822-headers\n\nMessage-ID: <CAx@mail.gmail.com>\nX-Email-Manager-Id: mark-1\nSubject: Hello\n',
  ],
);
const EXCHANGE = report(
  'From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@work.test>\nSubject: Undeliverable: Hello',
  [
    'Content-Type: text/html\n\n<p>Sorry</p>\n',
    `Content-Type: message/delivery-status

Reporting-MTA: dns;AM0.outlook.test

Original-Recipient: rfc822;sales@nowhere.test
Final-recipient: RFC822;<gone@nowhere.test>
Action: failed (really)
Status: 5.7.1 (Delivery not authorized)
Remote-MTA: dns;mx.nowhere.test

Final-recipient: rfc822;full@nowhere.test
Action: failed
Status: 4.2.2
`,
    'Content-Type: message/rfc822\n\nMessage-ID: <own@work.test>\nX-Email-Manager-Id: mark-1\nSubject: Hello\n\nThe body\n',
  ],
);
const DELAYED = report('From: MAILER-DAEMON@mx.test\nSubject: Warning: message delayed', [
  TEXT,
  'Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; slow@x.test\nAction: delayed\nStatus: 4.4.1\n',
]);
const QMAIL = Buffer.from(
  [
    'From: MAILER-DAEMON@mx.test',
    'Subject: failure notice',
    'References: <own@work.test>',
    '',
    "Hi. This is the qmail-send program at mx.test. I'm afraid I wasn't able to deliver.",
    '',
    '<gone@nowhere.test>:',
    'Sorry, no mailbox here by that name.',
    '',
  ].join('\r\n'),
);

describe('delivery reports', () => {
  it('reads what Google writes wrongly', async () => {
    expect(await parseDeliveryReport(GMAIL)).toEqual({
      recipients: [
        {
          address: 'gone@nowhere.test',
          addresses: ['gone@nowhere.test'],
          action: 'failed',
          status: '5.1.1',
          permanent: true,
          diagnostic: '550-5.1.1 The email account that you tried to reach does not exist.',
        },
      ],
      messageIds: ['<CAx@mail.gmail.com>'],
      marker: 'mark-1',
    });
  });

  it('reads what Exchange writes wrongly', async () => {
    const found = await parseDeliveryReport(EXCHANGE);
    expect(found?.recipients).toMatchObject([
      {
        address: 'sales@nowhere.test',
        addresses: ['sales@nowhere.test', 'gone@nowhere.test'],
        status: '5.7.1',
        permanent: true,
      },
      { address: 'full@nowhere.test', status: '4.2.2', permanent: false },
    ]);
    expect(found).toMatchObject({ messageIds: ['<own@work.test>'], marker: 'mark-1' });
  });

  it('takes a delay for a failure', async () => {
    const found = await parseDeliveryReport(DELAYED);
    expect(found?.recipients).toMatchObject([{ address: 'slow@x.test', action: 'delayed', permanent: false }]);
  });

  it('misses reports without the standard part', async () => {
    expect(await parseDeliveryReport(QMAIL)).toMatchObject({
      recipients: [{ address: 'gone@nowhere.test', action: 'failed', status: null }],
      messageIds: ['<own@work.test>'],
    });
  });

  it.each([
    ['a letter', 'From: ben@x.test\nSubject: Hello\n\n<gone@nowhere.test>:\n'],
    ['a letter about bounces', 'From: ben@x.test\nSubject: Undeliverable: x\nX-Failed-Recipients: a@b.test\n\nx'],
    ['a letter of a postmaster', 'From: postmaster@x.test\nSubject: Our new rules\n\n<gone@nowhere.test>:\n'],
    ['nothing', ''],
    [
      'a read receipt',
      'From: ben@x.test\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n' +
        'Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@b.test\nDisposition: x; displayed\n--b--\n',
    ],
  ])('takes %s for a report', async (_what, text) => {
    expect(await parseDeliveryReport(Buffer.from(text.replaceAll('\n', '\r\n')))).toBeNull();
  });

  it('believes a forged report', async () => {
    const found = await parseDeliveryReport(GMAIL);
    if (!found) throw new Error('It is a report.');
    const sent = { messageId: '<CAx@mail.gmail.com>', marker: 'mark-1', recipients: ['Gone@nowhere.test', 'b@x.test'] };
    expect(aboutSent(found, sent)).toHaveLength(1);
    expect(aboutSent(found, { ...sent, recipients: ['b@x.test'] })).toEqual([]);
    expect(aboutSent(found, { ...sent, messageId: '<other@x>', marker: 'mark-2' })).toEqual([]);
  });

  it('takes longer than its length explains, or brings hostile text along', async () => {
    const block = 'Final-Recipient: rfc822; a@b.test\nAction: failed\nDiagnostic-Code: smtp; a\u0000b\u202e\n\n';
    const started = performance.now();
    const parts = { headers: new Map<string, string[]>(), original: null, text: null };
    for (const status of [block.repeat(50_000), '\n \t'.repeat(1_000_000), `Action:${'\n x'.repeat(1_000_000)}`]) {
      readDeliveryReport({ ...parts, status });
    }
    expect(performance.now() - started).toBeLessThan(2_000);
    const found = await parseDeliveryReport(
      report('From: mailer-daemon@x.test', [TEXT, `Content-Type: message/delivery-status\n\n${block.repeat(600)}`]),
    );
    expect(found?.recipients).toHaveLength(500);
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(found?.recipients[0]?.diagnostic).not.toMatch(/[\u0000\r\n]/);
  });
});
