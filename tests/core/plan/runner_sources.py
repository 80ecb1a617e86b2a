"""Small runners, each with one way in which `learn` treats `imagination_infos`."""

INDENT = " " * 12

RUNNER = """\
class MBPOOnPolicyRunner(OnPolicyRunner):
    def learn(self, num_learning_iterations):
        ep_infos = []
        if self.num_imagination_envs > 0 and self.num_imagination_steps > 0:
            self.env.unwrapped.prepare_imagination()
            self.imagination_infos = []
        for it in range(num_learning_iterations):
            self.log(locals())
            ep_infos.clear()
{ending}
            store_code_state(self.log_dir, self.git_status_repos)

    def imagine(self):
        self.imagination_infos.append({{}})

    def _construct_algorithm(self, obs):
        self.imagination_cfg = self.cfg["imagination"]
        self.num_imagination_envs = self.imagination_cfg["num_envs"]
        self.num_imagination_steps = self.imagination_cfg["num_steps_per_env"]
"""
BARE = "self.imagination_infos.clear()"
GUARDED = f'if hasattr(self, "imagination_infos"):\n    {BARE}'


def runner_source(ending: str) -> str:
    indented = "\n".join(f"{INDENT}{line}" if line else "" for line in ending.split("\n"))
    return RUNNER.format(ending=indented)


CONFIG = '''\
@configclass
class RslRlMbrlImaginationCfg:
    """Configuration for the imagination."""

    num_envs: int = MISSING
    {steps}: int = MISSING
    max_episode_length: int = MISSING
'''


def config_source(steps: str = "num_steps_per_env") -> str:
    return CONFIG.format(steps=steps)
