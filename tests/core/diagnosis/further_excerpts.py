# ruff: noqa: E501 - messages stand here as programs print them
"""A second set of consoles, in yet other versions, programs and forms. Written from what the classes mean, before any
signature was changed for them; what they then showed was mended in the signatures and the engine, not here."""

from tests.core.diagnosis.variations import Variation, blocks

ISAAC = "2025-07-14T09:31:08Z [41,220ms] "
OLD_KIT = "2024-05-02 17:20:11 [9,118ms] "


def trace(*frames: str, error: str) -> str:
    lines = ["Traceback (most recent call last):"]
    for frame in frames:
        lines += [
            f'  File "/root/ws/{frame}", line 118, in {frame.rpartition("/")[2].removesuffix(".py")}',
            "    call()",
        ]
    return "\n".join([*lines, error, ""])


def docker(text: str) -> str:
    """As `docker logs --timestamps` and Kubernetes show it."""
    return "\n".join(
        f"2026-02-09T11:02:{index % 60:02}.120394817Z {line}" for index, line in enumerate(text.split("\n"))
    )


def journal(text: str) -> str:
    return "\n".join(f"Feb 09 11:02:33 lab7 isaac[4182]: {line}" for line in text.split("\n"))


def mpi(text: str) -> str:
    return "\n".join(f"[1,0]<stderr>:{line}" for line in text.split("\n"))


def elastic(text: str) -> str:
    return "\n".join(f"[default1]:{line}" for line in text.split("\n"))


def in_words(text: str, width: int = 76) -> str:
    """Broken between words, as mail and some viewers do."""
    lines = []
    for line in text.split("\n"):
        while len(line) > width and (cut := line.rfind(" ", 1, width)) > 0:
            lines.append(line[:cut])
            line = line[cut + 1 :]
        lines.append(line)
    return "\n".join(lines)


def rich(text: str, width: int = 96) -> str:
    """As Rich draws a traceback: boxed, the exception below."""
    *frames, error = text.rstrip("\n").split("\n")
    box = [f"╭{' Traceback (most recent call last) ':─^{width - 2}}╮"]
    box += [f"│ {line[: width - 4]:<{width - 4}} │" for line in frames[1:]]
    return "\n".join([*box, f"╰{'─' * (width - 2)}╯", error, ""])


TORCH_OOM = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 586.00 MiB. GPU 0 has a total capacity of 7.62 GiB of "
    "which 391.25 MiB is free. Including non-PyTorch memory, this process has 7.20 GiB memory in use. Of the allocated "
    "memory 6.01 GiB is allocated by PyTorch, and 1.02 GiB is reserved by PyTorch but unallocated. If reserved but "
    "unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation."
)
UPDATE = (
    "rsl_rl/runners/learn.py",
    "rsl_rl/runners/mbpo_on_policy_runner.py",
    "rsl_rl/algorithms/mbpo_ppo.py",
    "rsl_rl/modules/system_dynamics.py",
)
START = f"{ISAAC}[Warning] [omni.isaac.core] started\n[INFO][AppLauncher]: Loading experience file: /x/isaaclab.python.headless.kit\n"
ELASTIC = (
    "E0209 11:02:40.118000 4182 torch/distributed/elastic/multiprocessing/api.py:869] failed (exitcode: 1) local_rank: 1 (pid: 4190) of binary: /x/python\n"
    + trace("torch/distributed/run.py", error="torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ")
    + "============================================================\nscripts/train.py FAILED\n"
    "Root Cause (first observed failure):\n  rank      : 1 (local_rank: 1)\n  exitcode  : 1 (pid: 4190)\n  error_file: <N/A>\n"
)


def fatal(name: str, *texts: str, status: int | None = 1) -> list[Variation]:
    return [Variation(name, True, text, status) for text in texts]


def passing(name: str | None, *texts: str, status: int | None = None) -> list[Variation]:
    return [Variation(name, False, text, status) for text in texts]


EXCERPTS = [
    *fatal(
        "torch-cuda-oom",
        blocks(0, 0, 50) + in_words(trace(*UPDATE, error=TORCH_OOM)),
        docker(blocks(0, 2, 50) + trace(*UPDATE, error=TORCH_OOM)),
        elastic(trace(*UPDATE, error=TORCH_OOM)) + "\n" + ELASTIC,
        rich(trace(*UPDATE, error=TORCH_OOM)),
        blocks(0, 7, 50) + trace(*UPDATE, error="torch.AcceleratorError: CUDA error: out of memory"),
        trace(
            "rsl_rl/storage/rollout_storage.py",
            error="RuntimeError: CUDA out of memory. Tried to allocate 1.94 GiB (GPU 0; 10.76 GiB total capacity; 9.03 GiB already allocated; 515.44 MiB free; 9.11 GiB reserved in total by PyTorch) If reserved memory is >> allocated memory try setting max_split_size_mb",
        ),
    ),
    *fatal(
        "gpu-held-by-other-process",
        in_words(
            trace(
                "train.py",
                error="torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 MiB. GPU 0 has a total capacity of 23.52 GiB of which 1.44 MiB is free. Process 40211 has 14.90 GiB memory in use. Process 51777 has 8.31 GiB memory in use. Of the allocated memory 96.00 MiB is allocated by PyTorch",
            )
        ),
        START
        + trace(
            "isaaclab/envs/manager_based_rl_env.py",
            error="RuntimeError: CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1",
        ),
        f"{OLD_KIT}[Error] [carb.cudainterop.plugin] CUDA error 2: cudaErrorMemoryAllocation - out of memory)\n{OLD_KIT}[Error] [omni.physx.plugin] Unable to create PxCudaContextManager!\n",
    ),
    *fatal(
        "physx-gpu-oom",
        f"{OLD_KIT}[Error] [omni.physx.plugin] PhysX error: PxgCudaDeviceMemoryAllocator failed to allocate memory 4294967296 bytes!! Result = 2, FILE /buildAgent/16dcef52b68a730f/source/gpucommon/src/PxgCudaMemoryAllocator.cpp, LINE 68\n"
        + trace(
            "isaacsim/core/prims/impl/articulation.py", error="Exception: Failed to get DOF positions from backend"
        ),
        trace("train.py", error="Exception: Failed to get root link transforms from backend")
        + f"{ISAAC}[Error] [omni.physx.plugin] PhysX has reported too many errors, simulation has been stopped.\n{ISAAC}[Error] [omni.physx.plugin] PhysX failed to allocate GPU memory - aborting simulation.\n",
        f"{ISAAC}[Error] [omni.physx.plugin] PhysX error: PxgPinnedHostLinearMemoryAllocator: overflowing initial allocation, increase capacity to at least 1048576., FILE /x.cpp, LINE 99\n{ISAAC}[Error] [omni.physx.plugin] PhysX error: Memory allocation for host memory failed!! Result = 2, FILE /builds/omniverse/physics/physx/source/gpucommon/src/PxgHeapMemAllocator.cpp\n{ISAAC}[Error] [omni.physx.plugin] PhysX failed to allocate GPU memory - aborting simulation.",
        f"{ISAAC}[Error] [omni.physx.plugin] PhysX Internal CUDA error. Simulation cannot continue! Error code 700!\n",
    ),
    *passing(
        "physx-gpu-buffer-overflow",
        blocks(0, 3, 4).replace(
            "Iteration time",
            f"{ISAAC}[Error] [omni.physx.plugin] PhysX error: the application needs to increase PxGpuDynamicsMemoryConfig::totalAggregatePairsCapacity to 8388608 , otherwise, the simulation will miss interactions, FILE /x.cpp\n                    Iteration time",
            1,
        ),
        docker(
            f"{ISAAC}[Error] [omni.physx.plugin] PhysX error: Contact buffer overflow detected, please increase its size to at least 9437184 in the scene desc!\n, FILE /builds/omniverse/physics/physx/source/gpunarrowphase/src/PxgNphaseImplementationContext.cpp, LINE 1204"
        ),
        in_words(
            f"{ISAAC}[Error] [omni.physx.plugin] PhysX error: PxGpuDynamicsMemoryConfig::heapCapacity overflow detected, please increase its size to at least 134217728 in the scene desc! Contacts have been dropped."
        ),
        status=0,
    ),
    *passing(
        "physx-invalid-transform",
        blocks(0, 2, 9)
        + f"{ISAAC}[Warning] [omni.physx.plugin] Invalid PhysX transform detected for /World/envs/env_88/Robot/LF_HIP.\n"
        * 4
        + blocks(3, 8, 9),
        status=0,
    ),
    *fatal(
        "physx-invalid-transform",
        blocks(0, 2, 9)
        + f"{ISAAC}[Warning] [omni.physx.plugin] Invalid PhysX transform detected for /World/envs/env_88/Robot/LF_HIP.\n"
        * 40
        + trace(
            "rsl_rl/modules/actor_critic.py",
            error="ValueError: Expected parameter loc (Tensor of shape (64, 12)) of distribution Normal(loc: torch.Size([64, 12]), scale: torch.Size([64, 12])) to satisfy the constraint Real(), but found invalid values:",
        ),
    ),
    *passing(
        "physx-invalid-geometry",
        f"{OLD_KIT}[Error] [omni.physx.plugin] PhysX error: PxPhysics::createShape: Supplied PxGeometry is not valid. Shape creation method returns NULL., FILE /x/NpPhysics.cpp, LINE 541\n"
        + blocks(0, 1, 2),
        status=0,
    ),
    *fatal(
        "kit-graphics-oom",
        f"{ISAAC}[Error] [carb.graphics-vulkan.plugin] VkResult: ERROR_OUT_OF_DEVICE_MEMORY\n{ISAAC}[Error] [carb.graphics-vulkan.plugin] vkAllocateMemory failed for flags: 0.\n{ISAAC}[Error] [gpu.foundation.plugin] Unable to allocate buffer\n{ISAAC}[Error] [gpu.foundation.plugin] Buffer creation failed for the device: 0.\n{ISAAC}[Error] [gpu.foundation.plugin] A GPU crash occurred. Exiting the application...\n",
        f"{ISAAC}[Error] [rtx.scenedb.plugin] Out of GPU memory allocating resource 'RtxSceneDb::instance buffer' [size: 1.2 GiB]",
        status=None,
    ),
    *fatal(
        "gpu-device-lost",
        f"{OLD_KIT}[Error] [carb.graphics-vulkan.plugin] VkResult: ERROR_DEVICE_LOST\n{OLD_KIT}[Error] [carb.graphics-vulkan.plugin] vkWaitForFences failed.\n",
        status=None,
    ),
    *fatal(
        "gpu-xid",
        "[Sun Feb  8 03:11:50 2026] NVRM: Xid (PCI:0000:3b:00): 13, pid=8821, name=python3, Graphics SM Warp Exception on (GPC 2, TPC 3, SM 1)",
        status=None,
    ),
    *fatal(
        "vulkan-driver-missing",
        f"{ISAAC}[Error] [carb.graphics-vulkan.plugin] VkResult: ERROR_INCOMPATIBLE_DRIVER\n{ISAAC}[Error] [carb.graphics-vulkan.plugin] vkCreateInstance failed. Vulkan 1.1 is not supported, or your driver requires an update.\n{ISAAC}[Error] [gpu.foundation.plugin] carb::graphics::createInstance failed.\n{ISAAC}[Error] [omni.gpu_foundation_factory.plugin] Failed to create GPU foundation devices for compatibilityMode.\n",
        f"{OLD_KIT}[Error] [gpu.foundation.plugin] No device could be created. Some known system issues:\n- The driver is not installed properly and requires a clean re-install.\n- Your GPUs do not support RayTracing: DXR or Vulkan ray_tracing, or hardware is excluded due to performance.\n",
        status=None,
    ),
    *fatal(
        "no-gpu-visible",
        docker(trace("torch/cuda/__init__.py", error="RuntimeError: No CUDA GPUs are available")),
        "Warp CUDA error 100: no CUDA-capable device is detected (in function init_cuda_driver, /builds/omniverse/warp/warp/native/cuda_util.cpp:279)\n"
        + trace("warp/context.py", error="RuntimeError: Invalid device identifier: cuda:0"),
        "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
        blocks(0, 11, 500)
        + "Failed to initialize NVML: Unknown Error\n"
        + trace("train.py", error="RuntimeError: CUDA error: unknown error"),
        'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]].\n',
    ),
    *fatal(
        "gpu-index-invalid",
        mpi(
            trace(
                "torch/cuda/__init__.py",
                error="RuntimeError: CUDA error: invalid device ordinal\nGPU device may be out of range, do you have enough GPUs?",
            )
        ),
    ),
    *fatal(
        "gpu-unsupported-no-rt-cores",
        f"{ISAAC}[Error] [carb.graphics-vulkan.plugin] VkResult: ERROR_FEATURE_NOT_PRESENT\n{ISAAC}[Error] [carb.graphics-vulkan.plugin] vkCreateRayTracingPipelinesKHR failed.\n"
        + trace("train.py", error="RuntimeError: CUDA error: an illegal memory access was encountered"),
        status=1,
    ),
    *fatal(
        "cuda-platform-unsupported",
        f"{ISAAC}[Error] [carb.cudainterop.plugin] CUDA error 801: cudaErrorNotSupported - operation not supported)\n{ISAAC}[Error] [carb.cudainterop.plugin] Failed to import external memory\n",
    ),
    *fatal(
        "cuda-driver-mismatch",
        "/x/torch/cuda/__init__.py:174: UserWarning: CUDA initialization: The NVIDIA driver on your system is too old (found version 11070). Please update your GPU driver by downloading and installing a new version from the URL: http://www.nvidia.com/Download/index.aspx (Triggered internally at /pytorch/c10/cuda/CUDAFunctions.cpp:109.)\n"
        + trace("train.py", error="RuntimeError: The NVIDIA driver on your system is too old (found version 11070)."),
        trace(
            "torch/cuda/__init__.py",
            error="RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error 803: system has unsupported display driver / cuda driver combination",
        ),
        "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.86\n"
        + trace("train.py", error="RuntimeError: No CUDA GPUs are available"),
        f"{ISAAC}[Error] [omni.rtx] rtx driver verification failed\n{ISAAC}[Error] [omni.rtx] The installed version of NVIDIA driver is unsupported or has known issues.\n",
    ),
    *fatal(
        "torch-gpu-arch-unsupported",
        "/x/torch/cuda/__init__.py:287: UserWarning: \nNVIDIA RTX PRO 6000 Blackwell with CUDA capability sm_120 is not compatible with the current PyTorch installation.\nThe current PyTorch install supports CUDA capabilities sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90.\n"
        + trace(
            "train.py",
            error="torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device",
        ),
    ),
    *fatal(
        "torch-cpu-build",
        rich(trace("torch/cuda/__init__.py", error="AssertionError: Torch not compiled with CUDA enabled")),
    ),
    *fatal(
        "cudnn-error",
        trace("torch/nn/modules/rnn.py", error="RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH"),
        trace(
            "torch/nn/modules/linear.py",
            error="RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle, opa, opb, m, n, k, &alpha, a, lda, b, ldb, &beta, c, ldc)`",
        ),
        "Could not load library libcudnn_cnn_infer.so.8. Error: libnvrtc.so: cannot open shared object file: No such file or directory\nAborted (core dumped)\n",
        status=1,
    ),
    *fatal(
        "cuda-device-side-assert",
        "/pytorch/aten/src/ATen/native/cuda/TensorCompare.cu:112: _assert_async_cuda_kernel: block: [0,0,0], thread: [0,0,0] Assertion `probability tensor contains either `inf`, `nan` or element < 0` failed.\n"
        + trace("rsl_rl/algorithms/ppo.py", error="torch.AcceleratorError: CUDA error: device-side assert triggered"),
        f'/pytorch/aten/src/ATen/native/cuda/IndexKernel.cu:94: operator(): block: [1,0,0], thread: [66,0,0] Assertion `-sizes[i] <= index && index < sizes[i] && "index out of bounds"` failed.\n{ISAAC}[Error] [omni.physx.fabric.plugin] CUDA error: device-side assert triggered\n{ISAAC}[Error] [omni.physx.tensors.plugin] CUDA error: an illegal memory access was encountered: ../../../extensions/runtime/source/omni.physx.tensors/plugins/gpu/CudaKernels.cu: 980\n',
    ),
    *fatal(
        "cuda-illegal-memory-access",
        blocks(0, 77, 500)
        + trace(
            "rsl_rl/storage/replay_buffer.py",
            error="RuntimeError: CUDA error: an illegal memory access was encountered\nCompile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.",
        ),
        "Warp CUDA error 700: an illegal memory access was encountered (in function wp_cuda_launch_kernel, /builds/warp/native/warp.cu:2544)\n",
    ),
    *fatal(
        "multi-gpu-setup",
        elastic(
            trace(
                "rsl_rl/runners/on_policy_runner.py",
                error="ValueError: Device 'cuda:0' does not match expected device for local rank '1'.",
            )
        )
        + "\n"
        + ELASTIC,
    ),
    *fatal(
        "nccl-error",
        elastic(
            trace(
                "torch/distributed/distributed_c10d.py",
                error="torch.distributed.DistBackendError: NCCL error in: /pytorch/torch/csrc/distributed/c10d/NCCLUtils.cpp:77, invalid usage (run with NCCL_DEBUG=WARN for details), NCCL version 2.26.2\nncclInvalidUsage: This usually reflects invalid usage of NCCL library.\nLast error:\nDuplicate GPU detected : rank 1 and rank 0 both on CUDA device 41000",
            )
        )
        + "\n"
        + ELASTIC,
        blocks(0, 4, 50)
        + "[rank1]:[E209 11:02:33.514 ProcessGroupNCCL.cpp:629] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=211, OpType=ALLREDUCE, NumelIn=190225, Timeout(ms)=600000) ran for 600037 milliseconds before timing out.\nterminate called after throwing an instance of 'c10::DistBackendError'\n",
    ),
    *fatal(
        "port-in-use",
        "[W209 11:02:33.514 socket.cpp:759] [c10d] The server socket has failed to bind to [::]:29500 (errno: 98 - Address already in use).\n[W209 11:02:33.514 socket.cpp:759] [c10d] The server socket cannot be initialized on [::]:29500\n[E209 11:02:33.515 socket.cpp:795] [c10d] The server socket has failed to listen on any local network address.\n"
        + trace(
            "torch/distributed/rendezvous.py",
            error="torch.distributed.DistNetworkError: The server socket has failed to listen on any local network address. port: 29500, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use",
        ),
    ),
    *fatal(
        "module-missing",
        "".join(
            f"\x1b[31m{line}\x1b[0m\r\n"
            for line in trace("scripts/train.py", error="ModuleNotFoundError: No module named 'isaaclab_tasks'").split(
                "\n"
            )
        ),
        trace("train.py", error="ModuleNotFoundError: No module named 'carb'"),
        trace(
            "rclpy/__init__.py",
            error="ModuleNotFoundError: No module named 'rclpy._rclpy_pybind11'\nThe C extension '/opt/ros/humble/lib/python3.10/site-packages/_rclpy_pybind11.cpython-311-x86_64-linux-gnu.so' isn't present on the system. Please refer to 'https://docs.ros.org/en/humble/Guides/Installation-Troubleshooting.html' for possible solutions",
        ),
        "EnvironmentNameNotFound: Could not find conda environment: env_isaaclab_src\nYou can list all discoverable environments with `conda info --envs`.\n"
        + trace("train.py", error="ModuleNotFoundError: No module named 'isaaclab'"),
        trace(
            "importlib/metadata/__init__.py",
            error="importlib.metadata.PackageNotFoundError: No package metadata was found for rsl-rl-lib",
        ),
        trace("train.py", error="ModuleNotFoundError: No module named 'rsl_rl'; 'rsl_rl' is not a package"),
    ),
    *fatal(
        "mbrl-package-shadowed",
        journal(
            trace(
                "scripts/reinforcement_learning/rsl_rl/train.py",
                error="ModuleNotFoundError: No module named 'mbrl.tasks'",
            )
        ),
        trace("train.py", error="AttributeError: module 'mbrl' has no attribute 'tasks'"),
    ),
    *fatal(
        "rsl-rl-version-conflict",
        trace(
            "scripts/train.py",
            error="ImportError: cannot import name 'MBPOOnPolicyRunner' from 'rsl_rl.runners' (/x/rsl_rl/runners/__init__.py). Did you mean: 'OnPolicyRunner'?",
        ),
        trace(
            "rsl_rl/runners/on_policy_runner.py",
            error="TypeError: PPO.__init__() got an unexpected keyword argument 'system_dynamics_num_mini_batches'",
        ),
        trace("rsl_rl/runners/on_policy_runner.py", error="NameError: name 'MBPOPPO' is not defined"),
        trace(
            "rsl_rl/runners/on_policy_runner.py",
            error="AttributeError: module 'rsl_rl.runners' has no attribute 'MBPOOnPolicyRunner'",
        ),
    ),
    *fatal(
        "numpy-abi-mismatch",
        "\nA module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.3.1 as it may crash. To support both 1.x and 2.x\nversions of NumPy, modules must be compiled with NumPy 2.0.\n"
        + trace("pandas/__init__.py", error="ImportError: numpy.core.multiarray failed to import"),
        trace(
            "scipy/spatial/__init__.py",
            error="ValueError: numpy.ufunc size changed, may indicate binary incompatibility. Expected 232 from C header, got 216 from PyObject",
        ),
        trace(
            "gym/utils/passive_env_checker.py",
            error="AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.",
        ),
    ),
    *fatal(
        "glibc-too-old",
        "/isaac-sim/kit/kit: /lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.35' not found (required by /isaac-sim/kit/libcarb.so)\n",
        trace(
            "pxr/Tf/__init__.py",
            error="ImportError: /home/u/miniconda3/envs/lab/bin/../lib/libstdc++.so.6: version `CXXABI_1.3.15' not found (required by /x/libtf.so)",
        ),
    ),
    *fatal(
        "eula-not-accepted",
        "By installing or using Isaac Sim, I agree to the terms of NVIDIA OMNIVERSE LICENSE AGREEMENT (EULA)\nin https://docs.omniverse.nvidia.com/platform/latest/common/NVIDIA_Omniverse_License_Agreement.html\n\nDo you accept the EULA? (Yes/No): Please enter Yes or No\nDo you accept the EULA? (Yes/No): ",
        "The NVIDIA Omniverse License Agreement (EULA) must be accepted before\nOmniverse Kit can be run. The license terms for this product can be viewed at\nhttps://docs.omniverse.nvidia.com/platform/latest/common/NVIDIA_Omniverse_License_Agreement.html\n",
        trace("isaacsim/__init__.py", error="EOFError: EOF when reading a line").replace(
            "EOFError",
            "Do you accept the EULA? (Yes/No): Unable to bootstrap inner kit kernel: EOF when reading a line\nEOFError",
        ),
    ),
    *fatal(
        "launcher-term-missing",
        "tput: unknown terminal \"unknown\"\ntabs: terminal type 'unknown' cannot reset tabs\n",
        "'vt-none+tabs': unknown terminal type.\r\n",
        "TERM environment variable not set.\n",
    ),
    *fatal(
        "kit-segfault-startup",
        START
        + docker(
            "2026-02-09 11:02:31 [6,402ms] [Fatal] [carb.crashreporter-breakpad.plugin] [crash] Thread 88012 crashed. Writing dump...\n2026-02-09 11:02:31 [6,402ms] [Fatal] [carb.crashreporter-breakpad.plugin] 002: libc.so.6!getenv+0xa3\n"
        )
        + "\nSegmentation fault (core dumped)",
        status=139,
    ),
    *fatal(
        "native-abort",
        "python3: malloc.c:2617: sysmalloc: Assertion `(old_top == initial_top (av) && old_size == 0)' failed.\n",
        START
        + 'double free or corruption (!prev)\n./isaaclab.sh: line 616: 91822 Aborted                 (core dumped) ${python_exe} "$@"\n',
        "tcache_thread_shutdown(): unaligned tcache chunk detected\n",
        'Fatal Python error: Aborted\n\nCurrent thread 0x00007f21 (most recent call first):\n  File "/x/omni/physx.py", line 10 in step\n',
        status=134,
    ),
    *fatal(
        "segfault",
        blocks(0, 88, 100)
        + 'Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f12 (most recent call first):\n  File "/x/torch/autograd/graph.py", line 825 in _engine_run_backward\n',
        blocks(0, 8, 100) + "zsh: segmentation fault (core dumped)  ./isaaclab.sh -p scripts/train.py\n",
        blocks(0, 8, 100)
        + ELASTIC.replace(
            "exitcode  : 1 (pid: 4190)",
            "exitcode  : -11 (pid: 4190)\n  traceback : Signal 11 (SIGSEGV) received by PID 4190",
        ).replace("(exitcode: 1)", "(exitcode: -11)"),
        status=139,
    ),
    *passing(
        "shutdown-hang",
        blocks(0, 9, 10)
        + f"[88.1s] Simulation App Shutting Down\n{ISAAC}[Warning] [omni.stageupdate.plugin] Deprecated: use getSimulationEventStream instead\n",
        status=137,
    ),
    *fatal(
        "hang-no-progress",
        START + f"{ISAAC}[Warning] [carb.tasking.plugin] carb.tasking is likely stuck, waited 60s\n",
        status=124,
    ),
    *fatal(
        "asset-download-failed",
        trace(
            "isaaclab/sim/spawners/from_files/from_files.py",
            error="FileNotFoundError: USD file not found at path: 'https://omniverse-content-production.s3-us-west-2.amazonaws.com/Assets/Isaac/4.5/Isaac/Robots/ANYbotics/ANYmal-D/anymal_d.usd'.",
        ),
        in_words(
            f"{ISAAC}[Warning] [omni.usd] Warning: in _ReportErrors at line 3172 of /builds/omniverse/usd-ci/USD/pxr/usd/usd/stage.cpp -- In </World/Visuals/command>: Could not open asset @https://omniverse-content-production.s3-us-west-2.amazonaws.com/Assets/Isaac/4.5/Isaac/Props/UIElements/arrow_x.usd@ for reference introduced by @anon:0x5:World0.usd@</World/Visuals/command>."
        ),
        trace(
            "urllib/request.py",
            error="urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
        ),
        trace(
            "requests/adapters.py",
            error="requests.exceptions.ConnectionError: HTTPSConnectionPool(host='omniverse-content-production.s3-us-west-2.amazonaws.com', port=443): Max retries exceeded with url: /Assets/Isaac (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 101] Network is unreachable'))",
        ),
    ),
    *fatal(
        "asset-missing-local",
        in_words(
            trace(
                "isaaclab/sim/spawners/from_files/from_files.py",
                error="FileNotFoundError: USD file not found at path: '/workspace/robotic_world_model/source/mbrl/data/Robots/anymal_d/anymal_d_custom.usd'.",
            )
        ),
        f"{ISAAC}[Warning] [omni.usd] Warning: in _ReportErrors -- Could not open asset @/data/assets/terrain.usd@ for payload\n"
        + trace("train.py", error="ValueError: USD file not found at path: '/data/assets/terrain.usd'"),
    ),
    *fatal(
        "scene-spawn-error",
        trace(
            "isaaclab/sim/utils.py",
            error="RuntimeError: Unable to find source prim path: '/World/envs/env_.*/Robot/base'. Please create the prim before spawning.",
        ),
        trace("isaaclab/sim/spawners.py", error="ValueError: A prim already exists at path: '/World/ground'."),
    ),
    *fatal(
        "articulation-not-found",
        f"{ISAAC}[Error] [omni.physx.tensors.plugin] Pattern '/World/envs/env_*/Robot/root' did not match any articulations\n{ISAAC}[Error] [omni.physx.tensors.plugin] Provided pattern list did not match any articulations\n"
        + trace(
            "isaacsim/core/prims/impl/articulation.py",
            error="AttributeError: 'NoneType' object has no attribute 'shared_metatype'",
        ),
        trace(
            "isaaclab/assets/articulation/articulation.py",
            error="RuntimeError: Failed to find an articulation when resolving '/World/envs/env_.*/Robot'. Please ensure that the prim has 'USD ArticulationRootAPI' applied.",
        ),
        f"{ISAAC}[Error] [omni.physx.tensors.plugin] Failed to find articulation at '/World/envs/env_0/Robot'\n",
    ),
    *passing(
        "contact-sensor-filter-mismatch",
        f"{ISAAC}[Error] [omni.physx.tensors.plugin] Filter pattern '/World/envs/env_*/Cube/.*' did not match the correct number of entries (expected 4096, found 16384)\n"
        + blocks(0, 1, 2),
        status=0,
    ),
    *fatal(
        "gym-task-not-registered",
        trace(
            "gymnasium/envs/registration.py",
            error="gymnasium.error.NameNotFound: Environment `Template-Isaac-Velocity-Flat-Anymal-D-Pretran` doesn't exist. Did you mean: `Template-Isaac-Velocity-Flat-Anymal-D-Pretrain`?",
        ),
        trace(
            "gymnasium/envs/registration.py",
            error="gymnasium.error.DeprecatedEnv: Environment version v0 for `Isaac-Velocity-Flat-Anymal-D` is deprecated. Please use `Isaac-Velocity-Flat-Anymal-D-v1` instead.",
        ),
        trace(
            "gym/envs/registration.py",
            error="gym.error.UnregisteredEnv: No registered env with id: Isaac-Velocity-Flat-Anymal-D-v0",
        ),
        trace(
            "isaaclab_tasks/utils/parse_cfg.py",
            error="ValueError: Could not find configuration for the environment: 'Isaac-Foo-v0'. Please check that the gym registry has the entry point: 'rsl_rl_cfg_entry_point'.",
        ),
    ),
    *fatal(
        "hydra-unknown-key",
        "Error executing job with overrides: []\n"
        + trace(
            "omegaconf/base.py",
            error="omegaconf.errors.ConfigAttributeError: Key 'mini_batchsize' is not in struct\n    full_key: agent.algorithm.mini_batchsize\n    object_type=dict",
        ),
        trace(
            "isaaclab/utils/dict.py",
            error="KeyError: '[Config]: Key not found under namespace: /scene/number_of_envs.'",
        ),
        in_words(
            "Could not override 'agent.algorithm.system_dynamics_minibatch_size'. To append to your config use +agent.algorithm.system_dynamics_minibatch_size=1000"
        ),
    ),
    *fatal(
        "hydra-bad-value",
        trace(
            "omegaconf/nodes.py",
            error="omegaconf.errors.ValidationError: Value 'lots' of type 'str' could not be converted to Integer\n    full_key: agent.max_iterations",
        ),
        trace(
            "isaaclab/utils/dict.py",
            error="ValueError: [Config]: Incorrect length under namespace: /viewer/eye. Expected: 3, Received: 2.",
        ),
        "LexerNoViableAltException: agent.seed=[1,2\n                                  ^\nSee https://hydra.cc/docs/1.3/advanced/override_grammar/basic for details\n",
        "hydra.errors.OverrideParseException: Error when parsing index: 1, string: agent.seed={ out of agent.seed={ .\nmismatched input '<EOF>' expecting {':', BRACE_CLOSE}\n",
    ),
    *fatal(
        "cli-argument-error",
        "usage: train.py [-h] [--video] [--num_envs NUM_ENVS]\ntrain.py: error: argument --task: expected one argument\n",
        "usage: torchrun [-h] [--nnodes NNODES]\ntorchrun: error: the following arguments are required: training_script, training_script_args\n",
        "usage: train.py [-h]\ntrain.py: error: ambiguous option: --log could match --log_project_name, --logger\n",
        status=2,
    ),
    *fatal(
        "rwm-imagination-infos",
        docker(
            blocks(0, 0, 2000)
            + trace(
                "rsl_rl/runners/mbpo_on_policy_runner.py",
                error="AttributeError: 'MBPOOnPolicyRunner' object has no attribute 'imagination_infos'. Did you mean: 'imagination_cfg'?",
            )
        ),
    ),
    *fatal("rwm-config-missing-key", blocks(0, 0, 9) + trace("rsl_rl/algorithms/mbpo_ppo.py", error="KeyError: 'kl'")),
    *fatal(
        "rwm-normalizer-shape",
        in_words(
            trace(
                "rsl_rl/runners/mbpo_on_policy_runner.py",
                error="RuntimeError: Error(s) in loading state_dict for EmpiricalNormalization:\n\tsize mismatch for _mean: copying a param with shape torch.Size([1, 33]) from checkpoint, the shape in current model is torch.Size([1, 45]).",
            )
        ),
    ),
    *fatal(
        "dynamics-buffer-no-valid-sequence",
        blocks(0, 0, 9)
        + trace(
            "rsl_rl/storage/replay_buffer.py", error="ValueError: a must be greater than 0 unless no samples are taken"
        ),
    ),
    *fatal(
        "checkpoint-not-found",
        trace(
            "isaaclab_tasks/utils/parse_cfg.py",
            error="ValueError: No checkpoints in the directory: '/x/logs/rsl_rl/anymal_d_flat/2025-11-02_10-12-31' match 'model_2000.pt'.",
        ),
        trace(
            "torch/serialization.py",
            error="FileNotFoundError: [Errno 2] No such file or directory: 'logs/rsl_rl/anymal_d_flat/2025-11-02_10-12-31_pretrain/model_1500.pt'",
        ),
        trace(
            "isaaclab_tasks/utils/parse_cfg.py",
            error="ValueError: No runs present in the directory: '/root/ws/logs/rsl_rl/anymal_d_flat' match: '2025-11-02.*'.",
        ),
    ),
    *fatal(
        "checkpoint-is-lfs-pointer",
        in_words(
            trace(
                "torch/serialization.py",
                error="_pickle.UnpicklingError: Weights only load failed. This file can still be loaded, to do so you have two options, do those steps only if you trust the source of the checkpoint. WeightsUnpickler error: Unsupported operand 118",
            )
        ),
    ),
    *fatal(
        "checkpoint-corrupt",
        trace(
            "torch/serialization.py",
            error="RuntimeError: PytorchStreamReader failed reading file data/41: file read failed",
        ),
        trace("torch/serialization.py", error="zipfile.BadZipFile: File is not a zip file"),
        trace("torch/serialization.py", error="_pickle.UnpicklingError: pickle data was truncated"),
    ),
    *fatal(
        "checkpoint-mismatch",
        trace(
            "torch/nn/modules/module.py",
            error="RuntimeError: Error(s) in loading state_dict for SystemDynamicsEnsemble:\n\tsize mismatch for state_base.memory.weight_ih_l0: copying a param with shape torch.Size([768, 57]) from checkpoint, the shape in current model is torch.Size([768, 45]).",
        ),
        trace(
            "torch/optim/optimizer.py",
            error="ValueError: loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
        ),
    ),
    *fatal(
        "nan-policy-std",
        blocks(0, 3, 90)
        + docker(
            trace("torch/distributions/normal.py", error="RuntimeError: normal expects all elements of std >= 0.0")
        ),
        in_words(
            trace(
                "torch/distributions/distribution.py",
                error="ValueError: Expected parameter scale (Tensor of shape (4096, 12)) of distribution Normal(loc: torch.Size([4096, 12]), scale: torch.Size([4096, 12])) to satisfy the constraint GreaterThanEq(lower_bound=0.0), but found invalid values:\ntensor([[-0.01]], device='cuda:0')",
            )
        ),
    ),
    *passing(
        "silent-divergence",
        blocks(0, 7, 9) + "               Mean value loss: 42817384917264.1172\n",
        docker(blocks(0, 7, 9) + "          Mean value_function loss: nan\n"),
        blocks(0, 7, 9) + "\x1b[1m               Mean surrogate loss: nan\x1b[0m\r\n",
        blocks(0, 7, 9) + "                   Mean action std: 88.12\n",
        status=0,
    ),
    *fatal(
        "disk-full",
        blocks(0, 50, 90)
        + trace(
            "tensorboard/summary/writer.py",
            error="OSError: [Errno 28] No space left on device: 'logs/rsl_rl/anymal_d_flat/2026/events.out.tfevents.1770631.lab.4182.0'",
        ),
        blocks(0, 50, 90) + trace("torch/serialization.py", error="OSError: [Errno 122] Disk quota exceeded"),
        blocks(0, 50, 90)
        + trace(
            "torch/serialization.py",
            error="RuntimeError: [enforce fail at inline_container.cc:664] . unexpected pos 832 vs 730",
        )
        + "During handling of the above exception, another exception occurred:\n",
        "tee: /scratch/u/train.log: No space left on device\n",
    ),
    *fatal(
        "shared-memory-exhausted",
        trace(
            "torch/utils/data/dataloader.py",
            error="RuntimeError: DataLoader worker (pid 4412) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory. Please try to raise your shared memory limit.",
        ),
        trace(
            "torch/distributed/distributed_c10d.py",
            error="torch.distributed.DistBackendError: NCCL error in: /pytorch/torch/csrc/distributed/c10d/NCCLUtils.cpp:77, unhandled system error, NCCL version 2.21.5\nncclSystemError: System call (e.g. socket, malloc) or external library call failed or device error.\nLast error:\nError while creating shared memory segment /dev/shm/nccl-mVxKWb (size 9637888)",
        ),
    ),
    *fatal(
        "log-dir-not-writable",
        docker(
            trace(
                "os.py",
                error="PermissionError: [Errno 13] Permission denied: '/workspace/isaaclab/logs/rsl_rl/anymal_d_flat'",
            )
        ),
        "mkdir: cannot create directory '/mnt/ro/logs': Read-only file system\n",
        "mkdir: cannot create directory ‘/workspace/logs’: Permission denied\n",
    ),
    *fatal(
        "oom-killed-host",
        blocks(0, 4, 90)
        + "[Mon Feb  9 11:02:33 2026] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=docker-1f,mems_allowed=0,oom_memcg=/docker/1f,task=python,pid=4182,uid=0\n[Mon Feb  9 11:02:33 2026] Memory cgroup out of memory: Killed process 4182 (python) total-vm:61242332kB, anon-rss:33554112kB\n",
        blocks(0, 4, 90)
        + "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=99812.0. Some of your processes may have been killed by the cgroup out-of-memory handler.\nsrun: error: gpu-node-4: task 0: Out Of Memory\n",
        blocks(0, 4, 90)
        + "Feb 09 11:02:33 lab7 systemd[1]: isaac.service: A process of this unit has been killed by the OOM killer.\n",
        blocks(0, 4, 90) + "Last State:     Terminated\n  Reason:       OOMKilled\n  Exit Code:    137\n",
        status=137,
    ),
    *fatal(
        "host-memory-error",
        trace(
            "numpy/core/numeric.py",
            error="numpy.core._exceptions.MemoryError: Unable to allocate 61.0 GiB for an array with shape (4096, 1000, 2000) and data type float64",
        ),
        trace(
            "rsl_rl/storage/replay_buffer.py",
            error="RuntimeError: [enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 88080384000 bytes. Error code 12 (Cannot allocate memory)",
        ),
    ),
    *passing(
        "killed",
        blocks(0, 4, 90) + './isaaclab.sh: line 616: 11811 Killed                  ${python_exe} "$@"\n',
        blocks(0, 4, 90) + "zsh: killed     python scripts/train.py --headless\n",
        blocks(0, 4, 90) + "[1]+  Killed                  nohup ./isaaclab.sh -p train.py > out.log 2>&1\n",
        status=137,
    ),
    *passing(
        "stopped-by-user",
        blocks(0, 4, 90)
        + "^C"
        + trace("rsl_rl/runners/mbpo_on_policy_runner.py", error="KeyboardInterrupt")
        + f"{ISAAC}[Error] [omni.physx.tensors.plugin] prim '/World/envs/env_0/Robot' was deleted while being used by a tensor view class\n",
        docker(blocks(0, 4, 90) + trace("x.py", error="KeyboardInterrupt: ")),
        status=None,
    ),
    *passing(
        "stopped-by-signal",
        blocks(0, 4, 90) + "slurmstepd: error: *** JOB 99812 ON gpu-node-4 CANCELLED AT 2026-02-09T11:02:33 ***\n",
        blocks(0, 4, 90)
        + trace(
            "torch/distributed/elastic/multiprocessing/api.py",
            error="torch.distributed.elastic.multiprocessing.api.SignalException: Process 4182 got signal: 15",
        ),
        status=143,
    ),
    *passing(
        "time-limit-reached",
        blocks(0, 4, 90)
        + "slurmstepd: error: *** JOB 99812 ON gpu-node-4 CANCELLED AT 2026-02-09T11:02:33 DUE TO TIME LIMIT ***\n",
        status=143,
    ),
    *passing(
        "livestream-failure",
        f"{ISAAC}[Error] [carb.livestream-rtc.plugin] Failed to load the encoder library libnvidia-encode.so.1\n{ISAAC}[Error] [carb.livestream-rtc.plugin] Stream Server: Net Stream Creation failed, 0x800E8502\n"
        + blocks(0, 1, 2),
        status=0,
    ),
    # Nothing went wrong, though it may look so.
    *passing(
        None,
        blocks(0, 1, 2)
        + "  Episode_Termination/illegal_contact: 0.0312\n  Metrics/base_velocity/error_vel_xy: 0.9921\nKilled 0 stale processes\nSegmentation masks: off\n",
        "wandb: WARNING Path /root/.config is not writable, using system temp directory\nwandb: Currently logged in as: someone\n"
        + blocks(0, 1, 2),
        f"{ISAAC}[Error] [omni.ext._impl.custom_importer] Failed to import python module omni.kit.viewport.menubar. Error: No module named 'omni.kit.widget'. Traceback:\n"
        + trace("omni/ext/_impl/custom_importer.py", error="ModuleNotFoundError: No module named 'omni.kit.widget'")
        + blocks(0, 1, 2),
        f"{ISAAC}[Warning] [omni.log] Source: omni.hydra was already registered.\n{ISAAC}[Warning] [carb.audio.context] No default device found, audio disabled\n{ISAAC}[Error] [carb.windowing-glfw.plugin] GLFW initialization failed.\n"
        + blocks(0, 1, 2),
        "[notice] A new release of pip is available: 24.0 -> 25.1\nconda: WARNING: overwriting environment variables set in the machine\noverwriting variable PYTHONPATH\n"
        + blocks(0, 1, 2),
        "Retrying asset listing (attempt 1 of 3) after a timeout\nout of memory guard: enabled\nsafety: the simulation aborts when observations are NaN (never so far)\n"
        + blocks(0, 1, 2),
        "/x/torch/nn/modules/module.py:1762: UserWarning: Full backward hook is firing when gradients are computed with respect to module outputs\n[W209 11:02:33.514 init.cpp:767] Warning: nvfuser integration in TorchScript is disabled\n"
        + blocks(0, 1, 2),
        "[INFO] Error codes: none\n[INFO] crash handler: on\n[INFO] CUDA out of memory events so far: 0\n"
        + blocks(0, 1, 2),
        "[INFO] Writing videos: off; invalid actions are clipped; no NaN seen\n[INFO] terminated: 0, killed: 0, timeouts: 12\n"
        + blocks(0, 1, 2),
        status=0,
    ),
    *passing(
        None,
        blocks(0, 6, 200),
        START + blocks(0, 0, 200) + "Terminating extra viewers: 0\n",
        "Permission checks: done\nFound 2 GPUs; memory in use by others: 0.3 GiB\n" + blocks(0, 2, 200),
    ),
]

E = ISAAC + "[Error] "
# A third set, written after the signatures were mended for the second and before they were for this one.
LATER_EXCERPTS = [
    Variation(
        "torch-cuda-oom",
        True,
        trace(
            "rsl_rl/modules/rnn.py",
            error="RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        ),
        1,
    ),
    Variation(
        "torch-cuda-oom",
        True,
        blocks(0, 3, 9)
        + "[W CUDACachingAllocator.cpp:1234] Warning: memory allocation failed\n"
        + trace("x.py", error="torch.cuda.OutOfMemoryError: HIP out of memory. Tried to allocate 2.00 GiB"),
        1,
    ),
    Variation(
        "torch-cuda-oom",
        True,
        trace(
            "rsl_rl/storage/replay_buffer.py",
            error="torch.OutOfMemoryError: CUDA out of memory. Tried to allocate more than 1EB memory.",
        ),
        1,
    ),
    Variation(
        "gpu-held-by-other-process",
        True,
        trace("warp/context.py", error="RuntimeError: Failed to allocate 10485760 bytes on device 'cuda:0'")
        + "Warp CUDA error 2: out of memory (in function wp_alloc_device_async, warp.cu:412)\n",
        1,
    ),
    Variation(
        "physx-gpu-oom",
        True,
        E
        + "[omni.physx.plugin] PhysX error: PxGpuDynamicsMemoryConfig: failed to allocate 2147483648 bytes of device memory\n"
        + E
        + "[omni.physx.plugin] PhysX failed to allocate GPU memory - aborting simulation\n",
        None,
    ),
    Variation(
        "physx-gpu-oom",
        True,
        E
        + "[omni.physx.plugin] PhysX error: SynchronizeStreams fail to launch kernel!!\n"
        + E
        + "[omni.physx.tensors.plugin] CUDA error: an illegal memory access was encountered: ../x.cpp: 1203\n"
        + trace("x.py", error="Exception: Failed to get DOF velocities from backend"),
        1,
    ),
    Variation(
        "physx-gpu-oom",
        True,
        E + "[omni.physx.plugin] PhysX error: Synchronizing GPU Narrowphase failed! 2, FILE /x.cpp, LINE 1\n",
        None,
    ),
    Variation(
        "physx-gpu-buffer-overflow",
        False,
        "[isaaclab] PhysX error: Too many collision pairs; foundLostAggregatePairsCapacity overflow detected, please increase its size to at least 33554432 in the scene desc!\n"
        + blocks(0, 1, 99),
        None,
    ),
    Variation(
        "physx-gpu-buffer-overflow",
        False,
        OLD_KIT
        + "[Error] [omni.physx.plugin] PhysX error: PxGpuDynamicsMemoryConfig::tempBufferCapacity overflow detected, please increase it to at least 33554432 in the scene desc!\n"
        + blocks(0, 8, 9),
        0,
    ),
    Variation(
        "physx-invalid-transform",
        False,
        OLD_KIT
        + "[Error] [omni.physx.plugin] PhysX error: PxRigidActor::setGlobalPose: pose is not valid., FILE x, LINE 3\n"
        + blocks(0, 8, 9),
        0,
    ),
    Variation(
        "physx-invalid-geometry",
        False,
        ISAAC
        + "[Warning] [omni.physx.plugin] PhysicsUSD: Parse collision - triangle mesh collision (approximation None/MeshSimplification) cannot be a part of a dynamic body\n"
        + E
        + "[omni.physx.plugin] PhysX Shape failed to be created on a prim: /World/ground/x\n"
        + blocks(0, 8, 9),
        0,
    ),
    Variation(
        "kit-graphics-oom",
        True,
        E + "[carb.graphics-vulkan.plugin] vkCreateImage failed: VK_ERROR_OUT_OF_DEVICE_MEMORY\n",
        None,
    ),
    Variation(
        "kit-graphics-oom",
        True,
        E
        + "[rtx.optixdenoising.plugin] [Optix] [OptiX] out of memory\n"
        + E
        + "[gpu.foundation.plugin] Out of GPU memory allocating resource 'x'\n",
        None,
    ),
    Variation(
        "gpu-device-lost",
        True,
        E
        + "[carb.graphics-vulkan.plugin] VkResult: ERROR_DEVICE_LOST\n"
        + E
        + "[carb.graphics-vulkan.plugin] vkQueueSubmit failed\n",
        None,
    ),
    Variation(
        "gpu-device-lost",
        True,
        trace("x.py", error="RuntimeError: CUDA error: unspecified launch failure").replace(
            "Traceback", E + "[gpu.foundation.plugin] A GPU crash occurred. Exiting the application...\nTraceback"
        ),
        1,
    ),
    Variation(
        "gpu-xid",
        True,
        "[ 8123.1] NVRM: GPU at PCI:0000:01:00: GPU-1234\n[ 8123.1] NVRM: Xid (PCI:0000:01:00): 31, pid=12, MMU Fault\n",
        None,
    ),
    Variation(
        "vulkan-driver-missing",
        True,
        E
        + "[carb.graphics-vulkan.plugin] VkResult: ERROR_INITIALIZATION_FAILED\n"
        + E
        + "[carb.graphics-vulkan.plugin] vkCreateInstance failed\n",
        None,
    ),
    Variation(
        "vulkan-driver-missing",
        True,
        E
        + "[omni.gpu_foundation_factory.plugin] Failed to create any GPU devices, including an attempt with compatibility mode.\n"
        + trace("x.py", error="RuntimeError: Failed to create renderer"),
        1,
    ),
    Variation(
        "no-gpu-visible",
        True,
        trace(
            "jax.py", error="RuntimeError: CUDA error: no CUDA-capable device is detected\nCUDA kernel errors might be"
        ),
        1,
    ),
    Variation(
        "no-gpu-visible",
        True,
        trace("torch/cuda/__init__.py", error="AssertionError: Invalid device id").replace(
            "AssertionError: Invalid device id", "RuntimeError: No CUDA GPUs are available"
        ),
        1,
    ),
    Variation("gpu-index-invalid", True, trace("torch/cuda/__init__.py", error="AssertionError: Invalid device id"), 1),
    Variation(
        "cuda-driver-mismatch",
        True,
        trace(
            "torch/cuda/__init__.py",
            error="RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error 802: system not yet initialized",
        ),
        1,
    ),
    Variation(
        "cuda-driver-mismatch",
        True,
        "Warp CUDA warning: The CUDA driver version is older\n"
        + trace("x.py", error="RuntimeError: CUDA error: the provided PTX was compiled with an unsupported toolchain."),
        1,
    ),
    Variation(
        "torch-gpu-arch-unsupported",
        True,
        trace(
            "x.py",
            error="RuntimeError: CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be asynchronously",
        ),
        1,
    ),
    Variation(
        "torch-gpu-arch-unsupported",
        True,
        "ptxas fatal   : Value 'sm_120' is not defined for option 'gpu-name'\n"
        + trace("triton.py", error="RuntimeError: Internal Triton PTX codegen error"),
        1,
    ),
    Variation(
        "cudnn-error",
        True,
        trace("x.py", error="RuntimeError: GET was unable to find an engine to execute this computation").replace(
            "RuntimeError: GET",
            "RuntimeError: cuDNN Frontend error: [cudnn_frontend] Error: No execution plans support the graph.\nRuntimeError: GET",
        ),
        1,
    ),
    Variation(
        "cudnn-error", True, trace("torch/rnn.py", error="RuntimeError: cuDNN error: CUDNN_STATUS_INTERNAL_ERROR"), 1
    ),
    Variation(
        "cuda-device-side-assert",
        True,
        trace("x.py", error="RuntimeError: CUDA error: device-side assert triggered\nCUDA kernel errors"),
        1,
    ),
    Variation(
        "cuda-illegal-memory-access",
        True,
        trace("x.py", error="RuntimeError: CUDA error: unspecified launch failure\nCUDA kernel errors"),
        1,
    ),
    Variation(
        "nccl-error",
        True,
        trace(
            "x.py",
            error="RuntimeError: NCCL communicator was aborted on rank 1. Original reason for failure was: NCCL timeout",
        ),
        1,
    ),
    Variation(
        "nccl-error",
        True,
        trace(
            "x.py",
            error="torch.distributed.DistBackendError: [1] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Connection reset by peer",
        ),
        1,
    ),
    Variation("port-in-use", True, trace("x.py", error="OSError: [Errno 98] Address already in use"), 1),
    Variation(
        "module-missing", True, trace("x.py", error="ModuleNotFoundError: No module named 'isaacsim.simulation_app'"), 1
    ),
    Variation(
        "module-missing",
        True,
        trace("x.py", error="ModuleNotFoundError: No module named 'omni.isaac'; 'omni' is not a package"),
        1,
    ),
    Variation(
        "module-missing",
        True,
        "/usr/bin/python3: Error while finding module specification for 'isaaclab.x' (ModuleNotFoundError: No module named 'isaaclab')\n",
        1,
    ),
    Variation(
        "rsl-rl-version-conflict",
        True,
        trace(
            "rsl_rl/runners/on_policy_runner.py",
            error="TypeError: OnPolicyRunner.__init__() got an unexpected keyword argument 'system_dynamics_cfg'",
        ),
        1,
    ),
    Variation(
        "rsl-rl-version-conflict", True, trace("rsl_rl/runners/on_policy_runner.py", error="KeyError: 'class_name'"), 1
    ),
    Variation(
        "rsl-rl-version-conflict",
        True,
        trace(
            "isaaclab_rl/rsl_rl/vecenv_wrapper.py",
            error="ImportError: cannot import name 'resolve_obs_groups' from 'rsl_rl.utils' (/x/rsl_rl/utils/__init__.py)",
        ),
        1,
    ),
    Variation(
        "numpy-abi-mismatch",
        True,
        trace(
            "x.py",
            error="ImportError: \nIMPORTANT: PLEASE READ THIS FOR ADVICE ON HOW TO SOLVE THIS ISSUE!\n\nImporting the numpy C-extensions failed.",
        ),
        1,
    ),
    Variation(
        "glibc-too-old",
        True,
        trace(
            "x.py",
            error="OSError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /x/libfoo.so)",
        ),
        1,
    ),
    Variation(
        "eula-not-accepted", True, "To use this software you must accept the EULA.\nEULA not accepted. Exiting.\n", 1
    ),
    Variation("launcher-term-missing", True, "tput: No value for $TERM and no -T specified\n", 1),
    Variation(
        "kit-segfault-startup",
        True,
        "[Fatal] [carb.crashreporter-breakpad.plugin] 000: librtx.scenedb.plugin.so!carbGetFrameworkVersion+0x123\nSegmentation fault (core dumped)\n",
        139,
    ),
    Variation("native-abort", True, START + "corrupted double-linked list\nAborted (core dumped)\n", 134),
    Variation(
        "native-abort",
        True,
        blocks(0, 3, 9) + "terminate called after throwing an instance of 'std::runtime_error'\n  what():  bad cast\n",
        134,
    ),
    Variation(
        "segfault",
        True,
        blocks(0, 3, 9) + "/x/isaaclab.sh: line 560: 771 Segmentation fault (core dumped) python\n",
        139,
    ),
    Variation(
        "asset-download-failed",
        True,
        E
        + "[omni.usd] OmniUsdResolver: Unable to open asset 'https://x/y.usd'\n"
        + trace("x.py", error="FileNotFoundError: USD file not found at path: 'https://x/y.usd'."),
        1,
    ),
    Variation("asset-download-failed", True, trace("x.py", error="RuntimeError: Could not find assets root folder"), 1),
    Variation(
        "asset-missing-local",
        True,
        trace("x.py", error="FileNotFoundError: [Errno 2] No such file or directory: '/x/robot/anymal_d.urdf'"),
        1,
    ),
    Variation(
        "scene-spawn-error",
        True,
        trace("x.py", error="RuntimeError: Unable to find source prim path: '/World/template'."),
        1,
    ),
    Variation(
        "articulation-not-found",
        True,
        trace(
            "x.py",
            error="ValueError: Failed to find a rigid body when resolving '/World/envs/env_.*/Robot/base'. Please ensure that the prim has 'USD RigidBodyAPI' applied.",
        ),
        1,
    ),
    Variation(
        "gym-task-not-registered",
        True,
        trace("x.py", error="gymnasium.error.NameNotFound: Environment `Isaac-X` doesn't exist."),
        1,
    ),
    Variation(
        "hydra-unknown-key",
        True,
        trace("x.py", error="omegaconf.errors.ConfigKeyError: Key 'numenvs' not in 'SceneCfg'"),
        1,
    ),
    Variation(
        "hydra-unknown-key",
        True,
        trace("x.py", error="AttributeError: 'AnymalDFlatEnvCfg' object has no attribute 'scen'").replace(
            "AttributeError",
            "hydra.errors.ConfigCompositionException: Could not override 'env.scen.num_envs'.\nAttributeError",
        ),
        1,
    ),
    Variation(
        "hydra-bad-value",
        True,
        trace("x.py", error="omegaconf.errors.GrammarParseError: token recognition error at: '}'"),
        1,
    ),
    Variation(
        "cli-argument-error",
        True,
        "usage: train.py [-h]\ntrain.py: error: argument --logger: invalid choice: 'tb' (choose from 'wandb', 'tensorboard', 'neptune')\n",
        2,
    ),
    Variation(
        "rwm-config-missing-key",
        True,
        trace("rsl_rl/runners/mbpo_on_policy_runner.py", error="KeyError: 'system_dynamics'"),
        1,
    ),
    Variation(
        "rwm-normalizer-shape",
        True,
        trace(
            "x.py",
            error='RuntimeError: Error(s) in loading state_dict for EmpiricalNormalization:\n\tMissing key(s) in state_dict: "_std".',
        ),
        1,
    ),
    Variation(
        "checkpoint-not-found",
        True,
        trace("x.py", error="FileNotFoundError: [Errno 2] No such file or directory: '/x/checkpoints/pretrain.pt'"),
        1,
    ),
    Variation(
        "checkpoint-not-found",
        True,
        trace(
            "x.py",
            error="FileNotFoundError: [Errno 2] No such file or directory: '/x/logs/rsl_rl/anymal_d_flat/run/params/agent.yaml'",
        ).replace("params/agent.yaml", "model_40.pt"),
        1,
    ),
    Variation(
        "checkpoint-is-lfs-pointer", True, trace("x.py", error="_pickle.UnpicklingError: invalid load key, 'v'."), 1
    ),
    Variation(
        "checkpoint-corrupt",
        True,
        trace(
            "x.py",
            error="RuntimeError: PytorchStreamReader failed reading zip archive: invalid header or archive is corrupted",
        ),
        1,
    ),
    Variation(
        "checkpoint-corrupt", True, trace("x.py", error="_pickle.UnpicklingError: invalid load key, '\\x00'."), 1
    ),
    Variation(
        "checkpoint-mismatch",
        True,
        trace(
            "x.py",
            error='RuntimeError: Error(s) in loading state_dict for ActorCriticRecurrent:\n\tMissing key(s) in state_dict: "memory_a.rnn.weight_ih_l0".',
        ),
        1,
    ),
    Variation(
        "nan-policy-std",
        True,
        trace(
            "x.py",
            error="ValueError: Expected parameter loc (Tensor of shape (4096, 12)) of distribution Normal(...) to satisfy the constraint Real(), but found invalid values:\ntensor([[nan]])",
        ),
        1,
    ),
    Variation("silent-divergence", False, blocks(0, 8, 9) + "                       Mean reward: nan\n", 0),
    Variation("disk-full", True, trace("x.py", error="OSError: [Errno 28] No space left on device"), 1),
    Variation(
        "disk-full",
        True,
        trace(
            "x.py",
            error="RuntimeError: [enforce fail at inline_container.cc:745] . PytorchStreamWriter failed writing file data/7: file write failed",
        ),
        1,
    ),
    Variation("shared-memory-exhausted", True, "Bus error (core dumped)\n", 135),
    Variation(
        "shared-memory-exhausted",
        True,
        trace(
            "x.py",
            error="RuntimeError: unable to open shared memory object </torch_1_2> in read-write mode: No space left on device (28)",
        ),
        1,
    ),
    Variation(
        "log-dir-not-writable", True, trace("x.py", error="PermissionError: [Errno 13] Permission denied: 'logs'"), 1
    ),
    Variation(
        "log-dir-not-writable", True, trace("x.py", error="OSError: [Errno 30] Read-only file system: '/ro/logs'"), 1
    ),
    Variation(
        "oom-killed-host",
        True,
        blocks(0, 3, 9) + "kernel: Out of memory: Killed process 123 (python3) total-vm:1kB\n",
        137,
    ),
    Variation(
        "oom-killed-host",
        True,
        blocks(0, 3, 9)
        + "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0. Some of the step tasks have been OOM Killed.\n",
        137,
    ),
    Variation(
        "oom-killed-host",
        True,
        blocks(0, 3, 9) + "Memory cgroup out of memory: Killed process 77 (python)\nKilled\n",
        137,
    ),
    Variation(
        "host-memory-error",
        True,
        "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
        134,
    ),
    Variation("host-memory-error", True, trace("subprocess.py", error="OSError: [Errno 12] Cannot allocate memory"), 1),
    Variation("killed", False, blocks(0, 3, 90) + "Killed\n", 137),
    Variation("stopped-by-user", False, blocks(0, 3, 90) + trace("x.py", error="KeyboardInterrupt"), 130),
    Variation("stopped-by-user", False, blocks(0, 3, 90) + "Received signal 2\n", 130),
    Variation(
        "stopped-by-signal", False, blocks(0, 3, 90) + "./isaaclab.sh: line 616: 1 Terminated ${python_exe}\n", 143
    ),
    Variation(
        "stopped-by-signal",
        False,
        blocks(0, 3, 90) + "slurmstepd: error: *** STEP 99.0 ON n CANCELLED AT 2026-01-01T00:00:00 ***\n",
        None,
    ),
    Variation("time-limit-reached", False, blocks(0, 300, 2000), 124),
    Variation(
        "shutdown-hang",
        False,
        blocks(0, 8, 9) + "Training time: 12.11 seconds\n[1.1s] Simulation App Shutting Down\n",
        124,
    ),
    Variation("hang-no-progress", True, "", 124),
    Variation(
        "livestream-failure",
        False,
        E + "[carb.livestream-rtc.plugin] Could not initialize streaming components\n" + blocks(0, 8, 9),
        0,
    ),
]
