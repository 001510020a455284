import { parseAddress } from '#machines/ids.ts';
import { describeChannel } from '#test/contracts/channel-contract.ts';
import { webHarness } from './harness.ts';

describeChannel('web', async () => {
  const web = await webHarness({ start: false });
  const { visitor, token } = await web.visitor();
  return {
    adapter: web.channel,
    address: parseAddress(`web:default:${visitor}`),
    seen: null,
    files: null,
    async offer(message) {
      const { status } = await web.call('POST', '/messages', { token, body: message });
      return status === 200 ? 'taken' : status >= 500 || status === 429 ? 'again' : 'refused';
    },
    async offerRubbish() {
      const { status } = await web.call('POST', '/messages', { token, raw: '{"id": 1, "text": ["' });
      return status >= 500 ? 'again' : 'refused';
    },
    async offerTyping() {
      const { status } = await web.call('POST', '/typing', { token });
      return status === 204 ? 'taken' : status >= 500 || status === 429 ? 'again' : 'refused';
    },
    close: async () => web[Symbol.asyncDispose](),
  };
});
