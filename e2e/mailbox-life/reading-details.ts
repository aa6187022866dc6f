import fs from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WAIT, type Person, type World } from './world';

/** A red square of 2 by 2 pixels. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==';
const SCRIPT = '<script>document.title = "run"</script>';
const FILE_NAME = 'Rechnung März 2026.html';

function mail(subject: string, parts: string[][]): string {
  return [
    'MIME-Version: 1.0',
    'From: "Picture Sender" <pictures@senders.example>',
    'To: jane@gmail.example',
    `Subject: ${subject}`,
    `Message-ID: <${subject.replace(/\W/g, '')}@senders.example>`,
    'Content-Type: multipart/related; boundary="parts"',
    '',
    ...parts.flatMap((part) => ['--parts', ...part]),
    '--parts--',
    '',
  ].join('\r\n');
}

/** What hangs on a message: pictures inside it and files beside it. */
export function readingDetails(world: () => World): void {
  let jane: Person;
  beforeAll(async () => {
    jane = await world().person('jane@gmail.example');
    await jane.settled();
  });
  afterAll(() => jane?.session.close());

  it('shows the pictures that came inside a mail, without asking and without the internet', async () => {
    const { page, session } = jane;
    const raw = mail('A picture inside', [
      [
        'Content-Type: text/html; charset=utf-8',
        '',
        '<p>Look:</p><img src="cid:square@senders.example" alt="A square">',
      ],
      [
        'Content-Type: image/png; name="square.png"',
        'Content-ID: <square@senders.example>',
        'Content-Disposition: inline; filename="square.png"',
        'Content-Transfer-Encoding: base64',
        '',
        PNG,
      ],
    ]);
    await jane.receive({ raw });
    await page.getByText('A picture inside').first().click(WAIT);
    const image = page.frameLocator('[data-testid="message-frame"]').getByRole('img', { name: 'A square' });
    await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth), WAIT).toBe(2);
    expect(await image.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    expect(await page.getByRole('button', { name: /^Download / }).count()).toBe(0);
    await session.screenshot('inline-image');
    expect(session.problems).toEqual([]);
  });

  it('saves an attachment and never opens it, whatever it calls itself', async () => {
    const { page, session } = jane;
    const encoded = `=?utf-8?B?${Buffer.from(FILE_NAME).toString('base64')}?=`;
    const raw = mail('A file that would like to run', [
      ['Content-Type: text/plain; charset=utf-8', '', 'See the file.'],
      [
        `Content-Type: text/html; charset=utf-8; name="${encoded}"`,
        `Content-Disposition: attachment; filename="${encoded}"`,
        'Content-Transfer-Encoding: base64',
        '',
        Buffer.from(SCRIPT).toString('base64'),
      ],
    ]);
    await jane.receive({ raw });
    await page.getByText('A file that would like to run').first().click(WAIT);
    const answered = page.waitForResponse((response) => response.url().includes('mailAttachments:download'));
    const downloading = page.waitForEvent('download');
    const title = await page.title();
    await page.getByRole('button', { name: `Download ${FILE_NAME}` }).click(WAIT);
    const [response, download] = await Promise.all([answered, downloading]);

    expect(response.headers()).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect(response.headers()['content-disposition']).toMatch(/^attachment; /);
    expect(response.url()).not.toContain(jane.user.token);
    expect(download.suggestedFilename()).toBe(FILE_NAME);
    expect(await fs.readFile(await download.path(), 'utf8')).toBe(SCRIPT);
    expect(await page.title()).toBe(title);
    await session.screenshot('attachment');
  });
}
