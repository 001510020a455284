/** Puts the page of the API together from what the browser offers. It alone touches globals. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiPage } from './api-page.tsx';
import { describedOperations } from './description.ts';

const http: typeof fetch = (...request) => fetch(...request);
const load = async () => describedOperations(await (await http('/api/openapi.json')).json());
const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <ApiPage load={load} http={http} />
    </StrictMode>,
  );
