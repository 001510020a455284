/**
 * The agent service behaves the same in process, over HTTP, and over a line that is cut again and
 * again.
 */
import { RemoteAgentService } from '#agent-service/remote/service.ts';
import { InProcessAgentService, type ServiceOptions } from '#agent-service/service.ts';
import { agentServiceContract, type ServiceHarness } from '#test/contracts/agent-service-contract.ts';
import { PATIENCE_MS } from '#test/patience.ts';
import { startCuttingLine } from './cutting-line.ts';
import { startAgentServer, TOKEN } from './fixture.ts';

agentServiceContract('in process', async (options) => {
  const service = new InProcessAgentService(options);
  return { service, close: () => service.close() };
});

agentServiceContract('over HTTP', async (options) => {
  const { server, close } = await serve(options);
  const service = new RemoteAgentService({ url: server.url, token: TOKEN, patienceMs: 500 });
  return { service, close: () => service.close().then(close) };
});

agentServiceContract('over HTTP and a line that is cut', async (options) => {
  const { server, close } = await serve(options);
  const line = await startCuttingLine(server.port);
  const service = new RemoteAgentService({ url: `http://127.0.0.1:${line.port}`, token: TOKEN, patienceMs: PATIENCE_MS });
  return {
    service,
    close: async () => {
      await service.close();
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
