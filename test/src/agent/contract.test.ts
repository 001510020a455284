/** The agent service is the same in process, over HTTP, and over a line that is cut again and again. */
import { RemoteAgentService } from '#actors/agent/remote/service.ts';
import { InProcessAgentService, type ServiceOptions } from '#actors/agent/service.ts';
import { agentServiceContract, type ServiceHarness } from '#test/contracts/agent-service-contract.ts';
import { startLine } from '#test/faults/line.ts';
import { startAgentServer, TOKEN } from './fixture.ts';

/** How often the line is cut, in milliseconds: a connection carries a few events at most. */
const CUT_EVERY_MS = 60;

agentServiceContract('in process', async (options) => {
  const service = new InProcessAgentService(options);
  return { service, close: () => service.close() };
});

agentServiceContract('over HTTP', async (options) => {
  const { server, close } = await serve(options);
  return { service: new RemoteAgentService({ url: server.url, token: TOKEN, patienceMs: 500 }), close };
});

agentServiceContract('over HTTP and a line that is cut', async (options) => {
  const { server, close } = await serve(options);
  const line = await startLine(server.port);
  const cutting = setInterval(() => {
    line.set({ kind: 'cut' });
    line.set({ kind: 'well' });
  }, CUT_EVERY_MS);
  return {
    service: new RemoteAgentService({ url: `http://127.0.0.1:${line.port}`, token: TOKEN, patienceMs: 3_000 }),
    close: async () => {
      clearInterval(cutting);
      await line.close();
      await close();
    },
  };
});

async function serve(
  options: ServiceOptions,
): Promise<Pick<ServiceHarness, 'close'> & { server: Awaited<ReturnType<typeof startAgentServer>> }> {
  const service = new InProcessAgentService(options);
  const server = await startAgentServer(service);
  return {
    server,
    close: async () => {
      await service.close();
      await server.close();
    },
  };
}
