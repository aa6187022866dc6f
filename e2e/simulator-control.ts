/** What a mailbox really holds. */
export interface Truth {
  messages: Record<string, { subject: string; labelIds: string[] }>;
}

/** Calls of the Google simulator's control API: mail arrives, consent is withdrawn, and what is true at the provider. */
export function simulatorControl(url: string) {
  const call = async (name: string, args: object | null): Promise<unknown> => {
    const response = await fetch(`${url}/__control/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(args),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The simulator refused ${name}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return Object.assign(call, {
    /** Labels, at the provider, of the newest message with this subject. */
    async labelsOf(account: string, subject: string): Promise<string[]> {
      const { messages } = (await call('truth', { account })) as Truth;
      const found = Object.values(messages).filter((message) => message.subject === subject);
      if (found.length === 0) throw new Error(`The simulator has no message "${subject}".`);
      return found.flatMap((message) => message.labelIds);
    },
  });
}
