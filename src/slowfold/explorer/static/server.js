// Asking the server: the newest question alone is answered, older ones are called off, late answers are dropped.

export const patience = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const answerOf = async (response) => {
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const answer = isJson ? await response.json() : { error: `the explorer answered ${response.status}` };
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

export const fetchLandscape = async () => answerOf(await fetch("/landscape"));

// A line of questions to one address. Each call gives the answer, or null where a newer question has come since.
export const asking = (address, wait = 0) => {
  let newest = 0;
  let underWay = null;
  return async (question) => {
    const own = (newest += 1);
    underWay?.abort();
    const call = (underWay = new AbortController());
    if (wait > 0) await patience(wait);
    if (own !== newest) return null;
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(question),
        signal: call.signal,
      });
      const answer = await answerOf(response);
      return own === newest ? answer : null;
    } catch (error) {
      if (own !== newest || error.name === "AbortError") return null;
      throw error.name === "TypeError" ? new Error("the explorer does not answer: has it ended?") : error;
    }
  };
};
