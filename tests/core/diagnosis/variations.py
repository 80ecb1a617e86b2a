# ruff: noqa: E501 - messages stand here as programs print them
"""Messages of every failure class in other words than the labelled excerpts': versions, paths, programs, forms."""

from typing import NamedTuple


class Variation(NamedTuple):
    """Text of a console, its class (None: nothing went wrong), whether fatal, and the exit status if it is known."""

    name: str | None
    fatal: bool
    text: str
    status: int | None = None


KIT = "2026-03-01T08:12:45Z [12,345ms] [Error] "
TRACE = 'Traceback (most recent call last):\n  File "/opt/lab/train.py", line 210, in main\n    run()\n'
BLOCK = (
    "#" * 80 + "\n                        Learning iteration {it}/{total}                        \n\n"
    "                       Computation: 7290 steps/s (collection: 0.183s, learning 1.921s)\n"
    "             Mean action noise std: 1.00\n          Mean value_function loss: 0.0075\n"
    "--------------------------------------------------------------------------------\n"
    "                   Total timesteps: 1536\n                    Iteration time: 2.10s\n"
    "                      Time elapsed: 00:00:02\n                               ETA: 00:00:02\n\n"
)


def blocks(first: int, last: int, total: int) -> str:
    return "".join(BLOCK.format(it=it, total=total) for it in range(first, last + 1))


def fatal(name: str, *texts: str, status: int | None = 1) -> list[Variation]:
    return [Variation(name, True, text, status) for text in texts]


def passing(name: str, *texts: str, status: int | None = None) -> list[Variation]:
    return [Variation(name, False, text, status) for text in texts]


SHAPES = "copying a param with shape torch.Size([768, 45]) from checkpoint, the shape in current model is [768, 57]."
VARIATIONS = [
    *fatal(
        "torch-cuda-oom",
        TRACE + "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 7.79 GiB total "
        "capacity; 5.10 GiB already allocated; 1.20 GiB free; 5.30 GiB reserved in total by PyTorch)",
        TRACE + "RuntimeError: CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 23.65 GiB total capacity)",
        TRACE + '  File "/x/replay_buffer.py", line 30, in __init__\ntorch.OutOfMemoryError: CUDA out of memory. '
        "Tried to allocate 1.01 GiB. GPU 1 has a total capacity of 7.62 GiB of which 300.00 MiB is free.",
        TRACE + "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ),
    *fatal(
        "gpu-held-by-other-process",
        TRACE
        + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 98.00 MiB. GPU 0 has a total capacity of "
        "47.40 GiB of which 60.50 MiB is free. Process 81237 has 45.10 GiB memory in use. Including non-PyTorch "
        "memory, this process has 2.20 GiB memory in use.",
        TRACE + "RuntimeError: CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported",
        KIT
        + "[carb.cudainterop.plugin] CUDA error 2: cudaErrorMemoryAllocation - out of memory\n"
        + KIT
        + "[omni.physx.plugin] Unable to create PxCudaContextManager!",
    ),
    *fatal(
        "physx-gpu-oom",
        KIT + "[omni.physx.plugin] PhysX error: PxgCudaDeviceMemoryAllocator fail to allocate memory 268435456 bytes!! "
        "Result = 2, FILE /builds/physx/PxgCudaMemoryAllocator.cpp, LINE 68\n"
        + TRACE
        + "Exception: Failed to get DOF velocities from backend",
        KIT + "[omni.physx.plugin] PhysX has reported too many errors: PhysX failed to allocate GPU memory - aborting "
        "simulation.",
        KIT + "[omni.physx.plugin] Not enough GPU memory available to create a PhysicsScene",
        KIT
        + "[omni.physx.plugin] PhysX error: PhysX Internal CUDA error. Simulation can not continue! Error code 719!",
        status=None,
    ),
    *fatal(
        "kit-graphics-oom",
        KIT
        + "[carb.graphics-vulkan.plugin] VkResult: ERROR_OUT_OF_DEVICE_MEMORY\n"
        + KIT
        + "[carb.graphics-vulkan.plugin] vkAllocateMemory failed for flags: 0.",
        "[Error] [rtx.resourcemanager.plugin] Out of GPU memory allocating resource 'rtx texture' [4.5 GiB]",
        status=None,
    ),
    *fatal(
        "gpu-device-lost",
        KIT + "[gpu.foundation.plugin] A GPU crash occurred. Exiting the application...\n",
        "[Error] [carb.graphics-vulkan.plugin] VkResult: ERROR_DEVICE_LOST\n[Error] [carb.graphics-vulkan.plugin] "
        "submitToQueueCommon failed.",
        status=None,
    ),
    *fatal(
        "gpu-xid",
        "[ 1893.2231] NVRM: Xid (PCI:0000:65:00): 43, pid=31337, name=python, Ch 00000008",
        "Mar 01 08:12:45 lab kernel: NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus.",
        status=None,
    ),
    *fatal(
        "vulkan-driver-missing",
        KIT
        + "[carb.graphics-vulkan.plugin] VkResult: ERROR_INCOMPATIBLE_DRIVER\n"
        + KIT
        + "[carb.graphics-vulkan.plugin] vkCreateInstance failed. Vulkan 1.1 is not supported.\n"
        + KIT
        + "[gpu.foundation.plugin] carb::graphics::createInstance failed.",
        KIT + "[omni.gpu_foundation_factory.plugin] Failed to create any GPU devices, including an attempt with "
        "compatibility mode.",
        status=None,
    ),
    *fatal(
        "no-gpu-visible",
        TRACE + "RuntimeError: No CUDA GPUs are available",
        "Failed to initialize NVML: Unknown Error\n" + TRACE + "RuntimeError: No CUDA GPUs are available",
        TRACE + "RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
        TRACE + "RuntimeError: CUDA error: no CUDA-capable device is detected",
    ),
    *fatal("gpu-index-invalid", TRACE + "torch.AcceleratorError: CUDA error: invalid device ordinal\nCUDA kernel"),
    *fatal(
        "gpu-unsupported-no-rt-cores",
        KIT
        + "[carb.graphics-vulkan.plugin] vkCreateRayTracingPipelinesKHR failed.\n"
        + KIT
        + "[omni.physx.fabric.plugin] CUDA error: an illegal memory access was encountered",
        status=None,
    ),
    *fatal("cuda-platform-unsupported", KIT + "[carb.cudainterop.plugin] CUDA error 801: cudaErrorNotSupported"),
    *fatal(
        "cuda-driver-mismatch",
        TRACE + "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update",
        TRACE + "RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before "
        "calling NumCudaDevices() that might have already set an error? Error 804: forward compatibility was attempted "
        "on non supported HW",
        "Failed to initialize NVML: Driver/library version mismatch\n"
        + TRACE
        + "RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 802: system not yet initialized",
    ),
    *fatal(
        "torch-gpu-arch-unsupported",
        "/x/torch/cuda/__init__.py:235: UserWarning:\nNVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not "
        "compatible with the current PyTorch installation.\n"
        + TRACE
        + "RuntimeError: CUDA error: no kernel image is available for execution on the device",
    ),
    *fatal("torch-cpu-build", TRACE + "AssertionError: Torch not compiled with CUDA enabled"),
    *fatal(
        "cudnn-error",
        TRACE + "RuntimeError: cuDNN error: CUDNN_STATUS_NOT_INITIALIZED",
        TRACE + "RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        TRACE + "RuntimeError: cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
    ),
    *fatal(
        "cuda-device-side-assert",
        "../aten/src/ATen/native/cuda/ScatterGatherKernel.cu:144: operator(): block: [3,0,0], thread: [5,0,0] Assertion "
        "`idx_dim >= 0 && idx_dim < index_size` failed.\n"
        + TRACE
        + "RuntimeError: CUDA error: device-side assert triggered",
    ),
    *fatal(
        "cuda-illegal-memory-access",
        TRACE + "torch.AcceleratorError: CUDA error: an illegal memory access was encountered",
        "Warp CUDA error 700: an illegal memory access was encountered (in function free_device_async, warp.cu:600)",
    ),
    *fatal(
        "multi-gpu-setup",
        TRACE
        + "ValueError: Device 'cuda:0' does not match expected device for local rank '3'.\n"
        + TRACE
        + "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ",
    ),
    *fatal(
        "nccl-error",
        TRACE + "torch.distributed.DistBackendError: NCCL error in: /x/NCCLUtils.hpp:268, unhandled cuda error, NCCL "
        "version 2.21.5\nncclUnhandledCudaError: Call to CUDA function failed.",
        TRACE
        + "torch.distributed.DistStoreError: Timed out after 601 seconds waiting for clients. 1/2 clients joined.",
    ),
    *fatal(
        "port-in-use",
        TRACE + "torch.distributed.DistNetworkError: The server socket has failed to listen on any local network "
        "address. port: 29500, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use",
        "[Error] [carb.livestream-rtc.plugin] NVST_R_BUSY: port 49100 is busy\n"
        "[Error] [carb.livestream-rtc.plugin] Stream Server: Net Stream Creation failed, 0x800B1002",
    ),
    *fatal(
        "module-missing",
        TRACE + "ModuleNotFoundError: No module named 'omni.client'",
        TRACE + "ModuleNotFoundError: No module named 'pxr'",
        "/usr/bin/python: No module named isaaclab",
        TRACE + "ModuleNotFoundError: No module named 'mbrl'",
    ),
    *fatal("mbrl-package-shadowed", TRACE + "ModuleNotFoundError: No module named 'mbrl.tasks'"),
    *fatal(
        "rsl-rl-version-conflict",
        TRACE + "    self.alg_class = eval(self.cfg.pop('class_name'))\nKeyError: 'class_name'",
        "[ERROR] Please install the correct version of RSL-RL.\nExisting version is: '2.2.4' and required version is: '3.0.1'.",
        TRACE + "ImportError: cannot import name 'SystemDynamicsEnsemble' from 'rsl_rl.modules' (/x/rsl_rl/modules.py)",
    ),
    *fatal(
        "numpy-abi-mismatch",
        TRACE + "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, "
        "got 88 from PyObject",
        "RuntimeError: module compiled against ABI version 0x1000009 but this version of numpy is 0x2000000\n"
        + TRACE
        + "ImportError: numpy._core.multiarray failed to import",
    ),
    *fatal(
        "glibc-too-old",
        TRACE
        + "ImportError: /lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by x.so)",
        TRACE + "ImportError: /usr/lib/libm.so.6: version `GLIBC_2.35' not found (required by libcarb.so)",
    ),
    *fatal(
        "eula-not-accepted",
        "Do you accept the EULA? (Yes/No): Unable to bootstrap inner kit kernel: EOF when reading a line\n"
        + TRACE
        + "ModuleNotFoundError: No module named 'omni.isaac.kit'",
        "Unable to bootstrap inner kit kernel: EOF when reading a line",
    ),
    *fatal(
        "launcher-term-missing", "'ansi+tabs': unknown terminal type.", "tabs: terminal type 'dumb' cannot reset tabs"
    ),
    *fatal(
        "kit-segfault-startup",
        "[Fatal] [carb.crashreporter-breakpad.plugin] 000: libc.so.6!__GI_getenv+0x9e (getenv.c:84)\n"
        "[Fatal] [carb.crashreporter-breakpad.plugin] 001: libcarb.so!carbReallocate",
        "2026-01-01 10:00:00 [8,001ms] [Fatal] [carb.crashreporter-breakpad.plugin] 003: libomni.kit.app.plugin.so!x\n"
        "Segmentation fault (core dumped)",
        status=139,
    ),
    *fatal("native-abort", "free(): invalid pointer\nAborted (core dumped)", "[INFO]: Base environment:\n", status=134),
    *fatal(
        "segfault",
        blocks(0, 3, 100) + 'isaaclab.sh: line 552: 4242 Segmentation fault      (core dumped) ${python_exe} "$@"',
        blocks(0, 3, 100),
        status=139,
    ),
    *passing(
        "shutdown-hang",
        blocks(97, 99, 100) + "[292.614s] Simulation App Shutting Down\n2026-01-01 10:00:00 [8,001ms] [Warning] [carb] "
        "Recursive unloadAllPlugins() detected!\n",
        status=124,
    ),
    *fatal("hang-no-progress", "[INFO][AppLauncher]: Using device: cuda:0\n", status=124),
    *fatal(
        "hang-no-progress",
        "[INFO][AppLauncher]: Using device: cuda:0\n[Warning] [carb.tasking.plugin] carb.tasking is likely stuck\n",
        status=None,
    ),
    *fatal(
        "asset-download-failed",
        TRACE + "FileNotFoundError: USD file not found at path: 'https://omniverse-content-production.s3.amazonaws.com/"
        "Assets/Isaac/5.0/Isaac/Robots/ANYbotics/anymal_d.usd'.",
        "Warning: in _ReportErrors at line 3172 of stage.cpp -- Could not open asset @http://omniverse-content-"
        "production.s3-us-west-2.amazonaws.com/Assets/x.usd@ for payload",
        "[Error] [omni.usd] OmniUsdResolver: Unable to open asset",
    ),
    *fatal(
        "asset-missing-local",
        TRACE + "FileNotFoundError: USD file not found at path: 'None/Isaac/Robots/x.usd'.",
        TRACE + "FileNotFoundError: USD file not found at path: '/home/u/path/to/robot.usd'.",
    ),
    *fatal(
        "scene-spawn-error",
        TRACE + "RuntimeError: Unable to find source prim path: '/World/envs/env_.*'. Please create",
    ),
    *fatal(
        "articulation-not-found",
        KIT
        + "[omni.physx.tensors.plugin] Pattern '/World/envs/env_*/Robot/base' did not match any rigid bodies\n"
        + TRACE
        + "AttributeError: 'NoneType' object has no attribute 'link_paths'",
        TRACE + "RuntimeError: Failed to find an articulation when resolving '/World/envs/env_.*/Robot'.",
    ),
    *passing(
        "contact-sensor-filter-mismatch",
        KIT
        + "[omni.physx.tensors.plugin] Filter pattern '/World/envs/env_*/Table' did not match the correct number of "
        "entries (expected 64, found 128)",
    ),
    *fatal(
        "gym-task-not-registered",
        TRACE + "gymnasium.error.NameNotFound: Environment `Isaac-Velocity-Flat-Anymal-Z` doesn't exist. Did you mean: "
        "`Isaac-Velocity-Flat-Anymal-D`?",
        TRACE + "gymnasium.error.VersionNotFound: Environment version `v3` for environment `X` doesn't exist.",
    ),
    *fatal(
        "hydra-unknown-key",
        "Error executing job\nCould not override 'agent.algorithm.system_dynamics_minibatch_size'.\nTo append to your "
        "config use +agent.algorithm.x=1\nKey 'system_dynamics_minibatch_size' is not in struct\n",
        "Could not append to config. An item is already at 'agent.seed'.",
    ),
    *fatal(
        "hydra-bad-value",
        TRACE
        + "ValueError: [Config]: Incorrect type under namespace: /agent/seed. Expected: <class 'int'>, Received: str",
        "mismatched input ']' expecting ID\nSee https://hydra.cc/docs/1.2/advanced/override_grammar/basic for details",
    ),
    *fatal(
        "cli-argument-error",
        "usage: train.py [-h] [--video]\ntrain.py: error: unrecognized arguments: --agent.seed 3",
        "train.py: error: argument --num_envs: invalid int value: 'many'",
        "Error parsing override 'agent.seed'\nmissing EQUAL at '<EOF>'",
        status=2,
    ),
    *fatal(
        "rwm-imagination-infos",
        blocks(0, 0, 1) + TRACE + "AttributeError: 'MBPOOnPolicyRunner' object has no attribute 'imagination_infos'",
    ),
    *fatal("rwm-config-missing-key", TRACE + "KeyError: 'kl'", TRACE + "KeyError: 'num_steps_per_env'"),
    *fatal(
        "rwm-normalizer-shape",
        TRACE
        + "RuntimeError: Error(s) in loading state_dict for EmpiricalNormalization:\n\tsize mismatch for _mean: "
        + SHAPES,
    ),
    *fatal(
        "dynamics-buffer-no-valid-sequence",
        TRACE + "ValueError: a must be greater than 0 unless no samples are taken",
        TRACE + "ValueError: a cannot be empty unless no samples are taken",
    ),
    *fatal(
        "checkpoint-not-found",
        TRACE + "ValueError: No runs present in the directory: '/x/logs/rsl_rl/anymal_d_flat' match: '.*'.",
        TRACE + "FileNotFoundError: [Errno 2] No such file or directory: '/x/model_500.pt'",
        TRACE + "FileNotFoundError: Unable to find the file: /x/assets/pretrain.pt",
    ),
    *fatal(
        "checkpoint-is-lfs-pointer",
        TRACE + "_pickle.UnpicklingError: invalid load key, 'v'.",
        TRACE
        + "_pickle.UnpicklingError: Weights only load failed. In PyTorch 2.6, we changed the default value of the "
        "`weights_only` argument\nPlease file an issue with the following so that we can make `weights_only=True` "
        "compatible with your use case: WeightsUnpickler error: Unsupported operand 118",
    ),
    *fatal(
        "checkpoint-corrupt",
        TRACE + "RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory",
        TRACE + "EOFError: Ran out of input",
        TRACE + "RuntimeError: unexpected EOF, expected 1024 more bytes. The file might be corrupted.",
    ),
    *fatal(
        "checkpoint-mismatch",
        TRACE
        + "RuntimeError: Error(s) in loading state_dict for ActorCritic:\n\tsize mismatch for actor.0.weight: "
        + SHAPES,
        TRACE + "KeyError: 'system_dynamics_state_dict'",
        TRACE + 'RuntimeError: Error(s) in loading state_dict for ActorCritic:\n\tMissing key(s) in state_dict: "std".',
    ),
    *fatal(
        "nan-policy-std",
        TRACE + "RuntimeError: normal expects all elements of std >= 0.0",
        TRACE
        + "ValueError: Expected parameter loc (Tensor of shape (4096, 12)) of distribution Normal(loc: torch.Size("
        "[4096, 12])) to satisfy the constraint Real(), but found invalid values:\ntensor([[nan, nan]])",
    ),
    *passing(
        "silent-divergence",
        blocks(0, 2, 9) + "          Mean value_function loss: inf\n",
        blocks(0, 2, 9) + "          Mean value_function loss: 128374019283746501928374.0000\n",
        blocks(0, 2, 9) + "          Mean value_function loss: nan\n",
        blocks(0, 2, 9) + "             Mean action noise std: 17.25\n",
        blocks(0, 2, 9) + "                   Mean value loss: 3.2e+09\n",
        status=0,
    ),
    *fatal(
        "disk-full",
        TRACE + "OSError: [Errno 28] No space left on device",
        TRACE + "RuntimeError: [enforce fail at inline_container.cc:626] . unexpected pos 1024 vs 918",
        TRACE + "RuntimeError: PytorchStreamWriter failed writing file data/3: file write failed",
    ),
    *fatal(
        "shared-memory-exhausted",
        TRACE
        + "RuntimeError: unable to allocate shared memory(shm) for file </torch_77_1>: No space left on device (28)",
        "ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).\n"
        "Bus error (core dumped)",
    ),
    *fatal(
        "log-dir-not-writable",
        TRACE + "PermissionError: [Errno 13] Permission denied: '/x/logs'",
        TRACE + "OSError: [Errno 30] Read-only file system: '/x/logs/rsl_rl'",
    ),
    *fatal(
        "oom-killed-host",
        blocks(0, 4, 100) + "slurmstepd: error: Detected 1 oom_kill event in StepId=77.batch.",
        "Out of memory: Killed process 4242 (python3) total-vm:91234kB",
        blocks(0, 4, 100) + "[ 9.1] Memory cgroup out of memory: Killed process 77 (python)\nKilled",
        status=137,
    ),
    *fatal(
        "host-memory-error",
        TRACE + "MemoryError",
        TRACE + "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 91. GiB for an array with shape (9,)",
        "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\nAborted (core dumped)",
    ),
    *passing("killed", blocks(0, 4, 100) + "Killed", blocks(0, 4, 100), status=137),
    *passing("killed", blocks(0, 4, 100), status=-9),
    *passing("stopped-by-user", blocks(0, 4, 100) + "^C" + TRACE + "KeyboardInterrupt", blocks(0, 4, 100), status=130),
    *passing("stopped-by-signal", blocks(0, 4, 100) + "Terminated", blocks(0, 4, 100), status=143),
    *passing("time-limit-reached", blocks(0, 40, 1000), status=124),
    *passing(
        "physx-gpu-buffer-overflow",
        blocks(0, 1, 9) + KIT + "[omni.physx.plugin] PhysX error: the application need to increase "
        "PxGpuDynamicsMemoryConfig::foundLostPairsCapacity to 4194304, otherwise, the simulation will miss interactions",
        KIT
        + "[omni.physx.plugin] PhysX error: PxGpuDynamicsMemoryConfig::collisionStackSize buffer overflow detected, "
        "please increase its size to at least 211243904 in the scene desc! Contacts have been dropped.",
    ),
    *passing(
        "physx-invalid-transform",
        KIT + "[omni.physx.plugin] PhysX error: Illegal BroadPhaseUpdateData - non-finite bounds found",
        KIT + "[omni.physx.plugin] PhysX error: PxRigidDynamic::setGlobalPose: pose is not valid.",
    ),
    *passing(
        "physx-invalid-geometry",
        KIT + "[omni.physx.plugin] PhysX error: Supplied PxGeometry is not valid. Shape creation method returns NULL.",
        KIT + "[omni.physx.plugin] PhysX Shape failed to be created on a prim: /World/props/vase",
    ),
    *passing(
        "livestream-failure",
        "[Error] [carb.livestream-rtc.plugin] Stream Server: Net Stream Creation failed, 0x800E8401",
    ),
    # Nothing went wrong.
    Variation(None, False, blocks(0, 9, 10), 0),
    Variation(
        None, False, blocks(0, 9, 10) + "[9.1s] Simulation App Shutting Down\nSegmentation fault (core dumped)", 139
    ),
    Variation(
        None, False, KIT + "[carb] Failed to create change watch for `/x`: errno=28/No space left on device", None
    ),
    Variation(
        None, False, "[Warning] [omni.kvdb.plugin] Disabling key-value database because another kit process", None
    ),
    Variation(
        None,
        False,
        "[Warning] [gpu.foundation.plugin] IOMMU is enabled.\nCUDA peer-to-peer observed bandwidth: 9",
        None,
    ),
    Variation(None, False, "GLFW initialization failed.\n[Error] [carb] IAppWindow::startup failed", None),
    Variation(None, False, "/x.py:3: FutureWarning: `torch.load` with `weights_only=False` uses pickle", None),
    # The order of judgement.
    *fatal(
        "physx-gpu-oom",
        KIT
        + "[omni.physx.plugin] Unable to allocate memory of size 77 for mGpuContactPairsDev\n"
        + TRACE
        + "RuntimeError: normal expects all elements of std >= 0.0",
    ),
    *fatal(
        "torch-cuda-oom",
        TRACE + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate\n" + "^C" + TRACE + "KeyboardInterrupt",
        status=130,
    ),
    *fatal(
        "physx-invalid-transform",
        "[Warning] [omni.physx.plugin] Invalid PhysX transform detected for /World/envs/env_3/Robot/base.\n"
        + TRACE
        + "RuntimeError: normal expects all elements of std >= 0.0",
    ),
    *fatal("not-recognised", TRACE + "ZeroDivisionError: division by zero", "[Error] [x] something odd\n"),
]
