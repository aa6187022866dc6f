import { deliverRaw } from './mailbox-events';
import type { GoogleAccount, GoogleState } from './state';

/**
 * What becomes of a mail after it left: it arrives in the simulated accounts that it is addressed to (also by an alias),
 * addresses that bounce send a delivery report back, and everything else leaves the simulation.
 */
export function deliverCopies(
  state: GoogleState,
  sender: GoogleAccount,
  raw: Buffer,
  recipients: readonly string[],
  messageId: string,
): void {
  const now = state.clock.now();
  const reached = new Set<GoogleAccount>();
  for (const address of recipients) {
    const account = [...state.accounts.values()].find((one) =>
      one.sendAs.some(
        (alias) => alias.sendAsEmail.toLowerCase() === address && alias.verificationStatus === 'accepted',
      ),
    );
    // What a mailbox sends to itself is one message with both labels.
    if (account?.mailbox && account !== sender) reached.add(account);
    if (state.switches.bouncing.some((bad) => bad.toLowerCase() === address) && sender.mailbox) {
      const report = bounceOf(sender.address, address, raw, messageId, now);
      deliverRaw(sender.mailbox, report, { labels: ['INBOX', 'UNREAD'], internalDate: now });
    }
  }
  for (const { mailbox } of reached) {
    if (mailbox) deliverRaw(mailbox, raw, { labels: ['INBOX', 'UNREAD', 'CATEGORY_PERSONAL'], internalDate: now });
  }
}

/** The report of a failed delivery as Google words it. */
function bounceOf(to: string, failed: string, original: Buffer, messageId: string, at: number): Buffer {
  const text = original.toString('latin1');
  const headers = text.slice(0, text.search(/\r?\n\r?\n/));
  const boundary = `=_bounce_${at.toString(16)}`;
  const date = new Date(at).toUTCString().replace('GMT', '+0000');
  return Buffer.from(
    [
      'From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>',
      `To: ${to}`,
      'Auto-Submitted: auto-replied',
      'Subject: Delivery Status Notification (Failure)',
      `Message-ID: <${at.toString(16)}.bounce@mx.google.com>`,
      `In-Reply-To: ${messageId}`,
      `References: ${messageId}`,
      `X-Failed-Recipients: ${failed}`,
      `Date: ${date}`,
      'MIME-Version: 1.0',
      `Content-Type: multipart/report; boundary="${boundary}"; report-type=delivery-status`,
      '',
      `--${boundary}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      `Your message wasn't delivered to ${failed} because the address couldn't be found.`,
      `--${boundary}`,
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; googlemail.com',
      `Arrival-Date: ${date}`,
      `X-Original-Message-ID: ${messageId}`,
      '',
      `Final-Recipient: rfc822; ${failed}`,
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.',
      '',
      `--${boundary}`,
      'Content-Type: text/rfc822-headers',
      '',
      headers,
      '',
      `--${boundary}--`,
      '',
    ].join('\r\n'),
    'latin1',
  );
}
